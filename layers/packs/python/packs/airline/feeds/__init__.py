"""Readers of the files that an operations centre has: METAR and TAF, NOTAM, movement messages, SSIM schedules.

Each module reads one kind of text into typed records with times in UTC, and names what it cannot read. Nothing here
writes, asks a table or raises for what a text holds.
"""
