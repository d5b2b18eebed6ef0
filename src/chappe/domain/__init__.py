"""The words of the trade and their rules: frozen values and pure functions; no input, no output, no clock."""
