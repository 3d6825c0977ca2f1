"""Knows nothing of photos: what any service of this kind could use."""
