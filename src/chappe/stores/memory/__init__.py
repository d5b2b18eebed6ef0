"""The engine in memory: for tests and drills; the plainest reading of the store's contract."""
