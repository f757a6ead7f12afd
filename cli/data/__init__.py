"""What goes into a pack's tables: its own sample, or a user's CSV files."""
