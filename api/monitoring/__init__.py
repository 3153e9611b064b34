"""Measurements of the service, and its access log."""
