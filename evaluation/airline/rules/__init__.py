"""One disruption as the tables have it, and the rules that bind it, typed off their sources a second time."""
