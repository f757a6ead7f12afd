"""What could be done about a disruption: ways to fly or to cancel, what each does, and which are best."""
