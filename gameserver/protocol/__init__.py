"""What travels between server and clients. Clients import this package and nothing else of the server."""
