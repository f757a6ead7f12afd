"""The steps of a run, one file per Lambda function. Ports come in as arguments; a signature shows what a step may touch."""
