"""The store: the durable queue, its people, figures and audit, on SQLite or PostgreSQL."""
