"""Flight time limitations."""
