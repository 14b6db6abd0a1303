"""The shared metastore, on a real PostgreSQL."""
