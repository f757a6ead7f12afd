"""The local cloud while its functions are killed: ``python -m bench.chaos --kills N``."""
