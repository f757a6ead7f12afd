"""New versions of the agents' functions on a stage."""
