"""Effects of an option on its aircraft, crew, airports, passengers, cargo, later flights and money."""
