"""HTTP as values: no socket, no server, no client."""
