"""Models of which an attacker owns every token."""
