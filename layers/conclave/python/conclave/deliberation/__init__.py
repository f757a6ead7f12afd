"""The pure core: what constraints, assessments and a choice mean. No clock, no input, no output."""
