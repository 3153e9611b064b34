"""What a worker does for each kind of job: what it loads, runs and records."""
