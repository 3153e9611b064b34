"""The search network: each edge is a mixture of the operations still alive on it."""
