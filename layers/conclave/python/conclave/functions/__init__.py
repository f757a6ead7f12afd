"""The parts that handlers share: wiring, settings, observability, acceptance."""
