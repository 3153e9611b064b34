"""The protocol: errors, conditional requests, negotiation, tables, middleware."""
