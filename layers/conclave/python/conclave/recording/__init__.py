"""Recordings: what a step of a run got from outside, kept so that the same step can be played again from it alone."""
