"""Suites as data: a folder of cases that people keep, and how each kind of them is judged."""
