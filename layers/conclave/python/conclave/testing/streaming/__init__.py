"""Events of runs and their listeners, in process memory."""
