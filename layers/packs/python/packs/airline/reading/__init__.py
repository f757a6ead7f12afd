"""Reading of a report: the words that mean a cause, a place or a reporter, and the report read once more by code."""
