"""The offline policy: answers where no model is, from the prompt alone."""
