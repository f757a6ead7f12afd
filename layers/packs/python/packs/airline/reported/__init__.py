"""What was reported, as a plan takes it: the problems that stand, and when they are over."""
