"""The database's schema, step by step: one Alembic tree for SQLite and PostgreSQL."""
