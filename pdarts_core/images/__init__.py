"""Training images: the data set, how it is split and shuffled, and batches made of it."""
