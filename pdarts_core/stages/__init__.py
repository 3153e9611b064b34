"""The stages of a search: their training, what they report, and checkpoints of them."""
