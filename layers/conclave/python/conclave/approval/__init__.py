"""What a person has to act on: who may, on what exactly, and what their acts make of it. Pure."""
