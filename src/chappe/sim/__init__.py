"""The world outside the gateway, for drills, tests and measurements: an SMSC, an ESME, a webhook sink, an HTTP client."""
