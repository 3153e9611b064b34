"""What endpoints are built from: who calls, ids and cursors, sessions, bodies, routes."""
