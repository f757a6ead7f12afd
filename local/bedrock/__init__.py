"""A stand-in for ``bedrock-runtime`` on a loopback port: true to the wire, honest about who answers."""
