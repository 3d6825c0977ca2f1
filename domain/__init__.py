"""Every rule and every query: `actions.py` writes, `reads.py` reads in batches, `rows.py` says what comes out."""
