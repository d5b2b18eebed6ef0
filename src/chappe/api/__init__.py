"""The operators' HTTP listener: health, readiness, metrics, status. Loopback unless the configuration says otherwise."""
