"""The protocol of ``bedrock-runtime``: requests, event streams, counted tokens, latency, and faults on request."""
