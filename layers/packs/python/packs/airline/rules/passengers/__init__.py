"""What passengers are owed, and how long they need between flights."""
