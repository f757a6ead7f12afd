"""Rules of the air as pure functions. Each names its source; its examples are the tests beside it."""
