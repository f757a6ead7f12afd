"""What becomes of a run when several people, the clock, and functions that die act on it at once."""
