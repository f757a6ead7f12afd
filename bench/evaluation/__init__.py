"""What an evaluation takes that runs each of its cases several times."""
