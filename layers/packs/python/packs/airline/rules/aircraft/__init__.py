"""When an aircraft may fly, and how far from an airport."""
