"""How everything durable is kept: one folder per engine, the same doors in each."""
