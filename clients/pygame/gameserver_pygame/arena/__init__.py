"""The arena's own view: the same game as in the browser, drawn with pygame."""
