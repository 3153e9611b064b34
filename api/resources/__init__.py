"""What one process holds: the database, news, rate limits, keys."""
