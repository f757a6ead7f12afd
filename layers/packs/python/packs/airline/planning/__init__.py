"""Planning after a disruption: ways to fly or to cancel, the effects of each, and the choice of the best."""
