"""Recorded runs, played again: all have to be equal, and after a change of the code none of those that it touches."""
