"""Forms of a trained network that are made of its weights and its description, without torch."""
