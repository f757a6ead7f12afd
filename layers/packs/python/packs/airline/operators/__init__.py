"""The airline itself as data: its carriers, hubs, aircraft types and figures, loaded like any other table."""
