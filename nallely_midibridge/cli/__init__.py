"""The command line: one file a command, each with a function that returns the exit status."""
