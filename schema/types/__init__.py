"""One file per noun. Types are answered by rows as they are."""
