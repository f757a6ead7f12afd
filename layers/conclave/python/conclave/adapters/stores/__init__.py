"""DynamoDB: the tables of runs, audits, journals, places and packs."""
