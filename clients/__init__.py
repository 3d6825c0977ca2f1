"""Clients of external systems, one file each. They know how to reach a system, not what is stored in it."""
