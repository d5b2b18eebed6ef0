"""The `chappe` command: thin faces over management and the pipeline; one subject per file."""
