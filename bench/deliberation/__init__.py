"""What a decision costs in tokens, money and time, beside a baseline that does the same work as one would write it first."""
