"""What is measured over runs that were judged, kept as a baseline, and compared."""
