"""Wire protocols: octets in, values out; no socket and no clock."""
