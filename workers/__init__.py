"""Background processes: `python -m workers` runs all, `python -m workers relay fanout` those named."""
