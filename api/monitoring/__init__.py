"""What is measured of the service, and its access log."""
