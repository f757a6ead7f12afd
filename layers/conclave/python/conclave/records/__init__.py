"""The records of runs, and the conditions under which they may change."""
