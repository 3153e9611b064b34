"""The processes that share one job's batches: the attempt's own, and one for each other device."""
