"""The gate of new versions, and the look at the share of the runs that is on them."""
