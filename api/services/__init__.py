"""Use cases. They take a session and never commit."""
