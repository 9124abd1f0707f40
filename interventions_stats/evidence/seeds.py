"""One seed tree: every random draw hangs on a named branch, so order and workers cannot change it."""

from __future__ import annotations

import hashlib

from interventions_stats.errors import InputError


def branch(seed: int, *path: object) -> int:
    """Return the seed of a branch, a 63-bit integer that depends on the root seed and the names alone.

    >>> branch(0, "W1", "reconstructed") == branch(0, "W1", "reconstructed"), branch(0, "W1") == branch(1, "W1")
    (True, False)
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise InputError(f"a seed is a whole number, not {seed!r}")
    text = "/".join([str(int(seed)), *(str(p) for p in path)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
