"""The AWS names: one file per service. Nothing else in the engine knows them."""
