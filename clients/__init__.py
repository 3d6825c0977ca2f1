"""Outside systems, a file each: how they are reached, and nothing of what is kept in them."""
