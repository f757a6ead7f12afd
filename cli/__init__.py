"""The ``conclave`` command."""
