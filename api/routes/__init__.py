"""Thin endpoints, one file a resource."""
