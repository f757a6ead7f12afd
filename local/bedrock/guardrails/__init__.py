"""Guardrails as Bedrock applies them, as far as that can honestly be done on this machine."""
