"""Seeded disruptions, ordinary and rare, each with what it changes in the data."""
