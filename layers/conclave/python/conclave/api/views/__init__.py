"""Views of a run for pages that show it to people."""
