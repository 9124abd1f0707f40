"""The regressions, one model a file, one at a time and in batches."""
