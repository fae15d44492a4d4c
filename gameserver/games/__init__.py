"""Sample games: rules only, written as any author would."""
