"""Where a table lives: memory (the caller's own), DuckDB (files), portable (any lazy frame)."""
