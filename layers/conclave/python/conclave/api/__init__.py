"""The requests of callers: reports come in, documents go out, people consent and erase."""
