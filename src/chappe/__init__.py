"""Chappe: an SMS and messaging gateway, named after the man who built the optical telegraph."""
