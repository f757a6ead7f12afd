"""Warm functions, call after call: ``python -m bench.isolation [--calls N] [--json]``."""
