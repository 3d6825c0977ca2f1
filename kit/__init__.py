"""Code without knowledge of photos: any service of this kind could use it."""
