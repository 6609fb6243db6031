"""Where a table lives: memory (the caller's own frame), DuckDB (files), portable (any lazy frame)."""
