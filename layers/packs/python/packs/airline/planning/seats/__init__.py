"""Seats of later flights: which ones can be reached, and how late a party has to be at most."""
