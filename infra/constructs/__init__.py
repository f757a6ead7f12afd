"""Building blocks of the stacks. Arguments are keywords without defaults: a stage is a value, not a branch."""
