"""From files to tables: dialects, malformed lines, and each cell's very text."""
