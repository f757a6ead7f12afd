"""Attacks: texts and hijacked models against the decision room, with oracles that look at effects."""
