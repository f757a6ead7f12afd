"""Caches over a recorded week: how often they answer, whether they are ever wrong, and what a provider's cache would save."""
