"""Migrations of the tables in `models/`: `python -m migrations` applies them, `python -m migrations make NAME` writes one."""
