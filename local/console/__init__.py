"""The console on this machine: its page, and the API behind the same address."""
