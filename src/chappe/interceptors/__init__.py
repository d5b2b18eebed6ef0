"""Operators' scripts, run in processes of their own: the pool that keeps them, and the program that runs in one."""
