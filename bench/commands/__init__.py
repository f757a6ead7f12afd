"""Commands that people wait for."""
