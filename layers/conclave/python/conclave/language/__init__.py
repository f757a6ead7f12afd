"""Reads days, times, durations and reporters in sentences of several languages. Words of a domain come from its pack."""
