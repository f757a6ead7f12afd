"""What people do as persons: sign in, act on decisions, consent, erase."""
