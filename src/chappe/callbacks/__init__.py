"""How receipts and MOs leave: one file per carrier."""
