"""Questions about runs, asked in one process."""
