"""The constructs between the world and the functions: the API, its callers, its request bodies, its firewall."""
