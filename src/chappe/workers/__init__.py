"""Loops, one duty each: they carry between ports and the pipeline and decide nothing about messages themselves."""
