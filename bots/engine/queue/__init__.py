"""The durable queue: SQLite or PostgreSQL, and an in-memory twin that passes the same tests."""
