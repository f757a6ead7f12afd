"""The reads of a plan, bounded: as much in a large airline as in a small one, and nothing that no option could use."""
