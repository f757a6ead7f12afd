"""Feeds: what others send all day, onto the tables; and the runs that rest on what it changes."""
