"""All that commands talk to: an account or the laptop, the API, its callers' credentials, tables, alarms, anchors."""
