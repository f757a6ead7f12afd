"""The audit of a run: a chain of hashes over canonical JSON, anchored where nobody can change it."""
