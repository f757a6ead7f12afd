"""What people do about a decision: approve, refuse, override; and what they say came of it."""
