"""Seeded defects: each takes one defence away, and the tests have to notice."""
