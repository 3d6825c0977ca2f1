"""Limits that no bench reaches: it asks from one address what otherwise many ask."""

UNLIMITED = {"*": "1000000/60", "points": "1000000000/60", "pointsByAddress": "1000000000/60"}
