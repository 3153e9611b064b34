"""Whether what a search decides stands out from chance."""
