"""Cells of the search network with kernels of our own (pdarts_core.kernels)."""
