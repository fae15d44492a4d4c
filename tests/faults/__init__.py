"""What becomes of the others when one client, or one game, goes wrong: over real sockets, fault by fault."""
