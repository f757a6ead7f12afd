"""Growth with the size of a network, with the agents of a pack, and with the runs that are stored."""
