"""Runs whose functions die at any point, held against their ceilings."""
