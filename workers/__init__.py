"""Background processes: `python -m workers` runs them all, `python -m workers relay fanout` those named."""
