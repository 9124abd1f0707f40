"""Permutation tests, one scheme a file, and what decides which of them keeps its size."""
