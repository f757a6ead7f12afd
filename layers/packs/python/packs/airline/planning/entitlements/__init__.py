"""What passengers are owed: by their own journeys, and who is on board of later flights."""
