"""The verifier of audits: shares no code with the engine that writes them, and needs neither a cloud nor trust in one.

``python -m verifier EXPORT [--key PEM]``; or ``conclave verify``.
"""
