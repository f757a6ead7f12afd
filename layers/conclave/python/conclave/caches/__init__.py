"""Caches: what a process keeps of the data, and how it shows that the data have not moved since."""
