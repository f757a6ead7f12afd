"""The acts of people on a decision: approve, refuse, override; and their feedback."""
