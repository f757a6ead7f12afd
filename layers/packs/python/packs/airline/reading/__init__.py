"""Reading of a report: the words that mean a cause, a place or a reporter, and the report read once more by code."""

READS = ("flights/by_number", "flights/by_day", "operators", "words", "airports")
"""What readings of a report read: the airlines' names and words, flights and airports. It stands here so that whoever asks for it
does not load all the words."""
