"""What judges decisions and changes: evaluations, suites, and how two evaluations compare."""
