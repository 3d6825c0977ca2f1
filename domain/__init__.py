"""Business rules and database queries. `actions.py` writes, `reads.py` reads in batches, `rows.py` defines the rows."""
