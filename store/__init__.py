"""What the interface and the workers agree on: settings, tables, job states, queue, artifacts."""
