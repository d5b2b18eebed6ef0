"""What happens to a message, one verb per file. No socket, clock or chance: they are arguments."""
