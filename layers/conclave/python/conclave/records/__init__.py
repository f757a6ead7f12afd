"""What is kept of a run, and under which conditions it may change."""
