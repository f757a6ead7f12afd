"""Reading a sentence into the fields of a schema, without a model."""
