"""Seeded versions of the agents, worse ones and harmless ones, before the gate and on a share of the runs."""
