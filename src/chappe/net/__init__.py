"""The only place that opens sockets; it knows octets and protocols, not messages."""
