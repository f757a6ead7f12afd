"""What the handlers share: wiring, settings, observability, acceptance."""
