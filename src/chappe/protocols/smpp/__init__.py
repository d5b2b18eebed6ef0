"""SMPP 3.4, octets in and values out: no socket, no clock and no rule of ours lives here."""
