"""The dialect of SMPP 3.4 clients: our SMPP server. It has no HTTP endpoints, so that it names no DIALECT."""
