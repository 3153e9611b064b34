"""The network of a finished genotype."""
