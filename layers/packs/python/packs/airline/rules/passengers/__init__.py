"""Rights of passengers, and the time that they need between flights."""
