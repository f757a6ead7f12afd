"""The steps of a run that people have to act on: it is held for them, and what they did is settled."""
