"""Notices in the ICAO form (NOTAM)."""
