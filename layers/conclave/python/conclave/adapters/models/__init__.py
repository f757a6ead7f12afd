"""Bedrock: one typed extraction, an agent's loop on Strands, and failures that pass by themselves."""
