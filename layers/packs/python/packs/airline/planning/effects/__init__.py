"""What an option does: to its aircraft, crew, airports, passengers, cargo, later flights and money."""
