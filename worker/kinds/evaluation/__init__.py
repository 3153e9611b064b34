"""An evaluation: one genotype, trained from scratch and tested at the end."""
