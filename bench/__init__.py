"""Each file prints ratios between things run side by side in one run."""
