"""Feeds on DynamoDB: the tables that they write, and which of them were taken."""
