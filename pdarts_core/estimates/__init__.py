"""What a search and a network will need, counted without building them. No torch."""
