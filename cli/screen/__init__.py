"""All that a person sees: values, tables of options, runs, and progress while one waits."""
