"""What callers ask: reports come in, documents go out, people consent and erase."""
