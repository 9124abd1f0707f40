"""Permutation tests, one scheme a file; all of them return a ``PermutationTest`` or a close relative."""
