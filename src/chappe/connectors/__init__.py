"""How we speak to networks: one folder per kind; none knows another."""
