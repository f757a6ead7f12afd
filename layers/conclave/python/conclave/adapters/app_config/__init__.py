"""AppConfig: what is hosted, read by functions, and changes of it."""
