"""The exact evaluation: every action of a finer space than the planner's, each field computed a second time."""
