"""Questions about a run: what is looked up for them, what a variant would be, and the check of what is answered."""
