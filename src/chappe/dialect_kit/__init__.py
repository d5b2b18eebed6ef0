"""What dialects share: the core that they may use, the contract of an endpoint, the serving of a request."""
