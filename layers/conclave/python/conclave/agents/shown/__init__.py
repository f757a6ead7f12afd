"""What a prompt shows of a run, as tables of few cells."""
