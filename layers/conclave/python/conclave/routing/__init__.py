"""Which model answers: chains of models by kind of agent, the calls of a step along a chain, breakers shared by functions."""
