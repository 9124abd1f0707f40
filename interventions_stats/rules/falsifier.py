"""When a falsifier (a test that should come out empty if the driver is real) has failed."""

from __future__ import annotations

import math

ALPHA_FALSIFIER = 0.05


def falsifier_failed(p: float, estimate: float, primary_estimate: float) -> bool:
    """Whether a falsifier shows the driver's effect where theory says there should be less of it.

    Parameters
    ----------
    p : float
        One-sided p of the falsifier in the driver's direction.  A lead is
        first residualised on the exposure at t-1.
    estimate, primary_estimate : float
        Estimates of the falsifier and of the primary test, same scale and orientation.

    Returns
    -------
    bool
        True when p <= .05 and the falsifier's estimate is at least as large
        as the primary's.  A falsifier that could not be computed (NaN) has
        not failed; count it as not run.

    Examples
    --------
    >>> falsifier_failed(0.03, 0.9, 0.7), falsifier_failed(0.03, 0.4, 0.7)
    (True, False)
    """
    if any(math.isnan(x) for x in (p, estimate, primary_estimate)):
        return False
    return p <= ALPHA_FALSIFIER and estimate >= primary_estimate
