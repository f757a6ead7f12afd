"""How long the files of an operations centre take to load, and a decision over them."""
