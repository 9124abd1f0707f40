"""Robustness: the evidence gathered again under other choices."""
