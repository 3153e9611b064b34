"""What the interface and the workers share: settings, tables, job states, queue, artifacts."""
