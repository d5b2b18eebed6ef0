"""What the core needs from the world, only where two or more answers exist; every answer passes one contract suite."""
