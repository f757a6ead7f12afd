"""The contents of a pack's tables: its own sample, or a user's CSV files."""
