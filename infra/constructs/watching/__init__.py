"""Dashboard and alarms."""
