"""What people ask about a run."""
