"""How the network does, as graphs; and a worse one to try things on."""
