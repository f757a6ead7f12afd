"""Events of a run: derived from what its steps write, numbered once, and handed to whoever listens."""
