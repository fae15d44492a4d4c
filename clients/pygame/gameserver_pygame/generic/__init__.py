"""A view for any game: made of its schema, its inputs, its commands and its events."""
