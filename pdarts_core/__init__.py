"""Progressive differentiable architecture search (P-DARTS, arXiv 1904.12760) in pure PyTorch."""
