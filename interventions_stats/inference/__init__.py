"""Inference on plain arrays: permutation, equivalence, Bayes factors, severity, power and the diagnostics of a test."""
