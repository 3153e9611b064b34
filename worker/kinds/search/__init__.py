"""A search: one run of P-DARTS, from a data set to genotypes."""
