"""The kernels. Only where Triton is installed can these modules be imported."""
