"""Normal and t tails; scipy is imported when first needed, so that the package starts light."""

from __future__ import annotations

from typing import Any

import numpy as np


def cdf(x: Any, df: float = np.inf) -> Any:
    """P(X <= x) for a standard normal, or t with ``df`` degrees of freedom."""
    from scipy.special import ndtr, stdtr

    return ndtr(x) if np.isinf(df) else stdtr(df, x)


def quantile(p: float, df: float = np.inf) -> float:
    """Inverse of :func:`cdf`."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(p) if np.isinf(df) else stdtrit(df, p))


def log_cdf(x: Any) -> Any:
    """log P(X <= x) of a standard normal, accurate in the far tail."""
    from scipy.special import log_ndtr

    return log_ndtr(x)
