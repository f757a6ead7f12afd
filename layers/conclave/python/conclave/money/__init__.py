"""Money, exactly: prices in force on a day, the worst case of a call, the parts of a run's ceiling, the ledger. Pure."""
