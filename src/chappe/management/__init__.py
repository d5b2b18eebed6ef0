"""What operators do: accounts, credentials, connectors, routes, balances; the same for every face."""
