"""Signing in at a stage's user pool: the exchange with it, the address to which the browser comes back, what is kept."""
