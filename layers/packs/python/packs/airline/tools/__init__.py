"""Checks and tools of the agents, one module per agent. They read; they decide nothing."""
