"""New versions of the agents' functions, from the gate over a share of the runs to all of them, or back."""
