"""The HTTP interface. Nothing in it needs torch."""
