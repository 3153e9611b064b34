"""Kernels of our own for CUDA devices, written in Triton.

Modules here offer torch operations and know nothing of Triton until one is launched; the kernels
themselves are in `programs`, which nothing imports before. What they compute stands in PyTorch
elsewhere, as the reference that they are held against, and for every other device.
"""
