"""Replays: a recorded run taken through the same steps again, from its recording alone, and compared byte by byte."""
