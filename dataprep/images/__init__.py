"""Pictures: where they are, what they hold, and how alike they are."""
