"""Feeds in process memory."""
