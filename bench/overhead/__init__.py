"""The engine's own work: ``python -m bench.overhead [--base TREE] [--json]``."""
