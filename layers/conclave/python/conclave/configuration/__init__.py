"""What an operator may change at run time: one schema with bounds, the document that sets it, and its version."""
