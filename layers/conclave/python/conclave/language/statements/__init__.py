"""Reads what a text states: several things, each with status, figures, times and subject. The words come from a pack."""
