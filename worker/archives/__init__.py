"""Archives of images that owners send: read with suspicion, and packed into one form."""
