"""The `pdarts` command: everything on one machine, and a client of the service."""
