"""Words of strangers: bounded, made plain, kept in sections, and read strictly."""
