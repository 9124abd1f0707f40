"""What each choice contributes to the spread of estimates over specifications."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_MOST = 8  # choices, beyond which 2**k models are too many


def variance_shares(frame: pd.DataFrame, choices: Sequence[str], value: str = "ratio") -> dict[str, float]:
    """Share of the variance of the log ratio that each choice explains, by Shapley's rule over main effects.

    With every combination run once this is the share of its main effect in an analysis of variance; where some could not run
    choices overlap, and each gets the mean of what it adds over all orders in which they can enter.  What is left to one is
    interaction.

    Parameters
    ----------
    frame : DataFrame
        One row a specification: ``value`` (a positive ratio) and a column a choice. Rows without a finite value are left out.
    choices : sequence of str
        At most eight that vary; more give NaN each.
    value : str, default "ratio"

    Returns
    -------
    dict of str to float
        0 for a choice that takes one option; NaN where the estimates do not vary.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games.  Budescu, D. V. (1993). Psychological Bulletin 114, 542-551.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"ratio": [1, 2, 1, 2], "lag": [1, 2, 1, 2], "list": ["a", "a", "b", "b"]})
    >>> {k: round(v, 3) for k, v in variance_shares(frame, ["lag", "list"]).items()}
    {'lag': 1.0, 'list': 0.0}
    """
    import numpy as np
    import pandas as pd

    number = pd.to_numeric(frame[value]).to_numpy(float)
    ran = frame[np.isfinite(number) & (number > 0)]
    y = np.log(ran[value].to_numpy(float))
    y = y - y.mean() if len(y) else y
    varying = [c for c in choices if len(ran[c].map(str).unique()) > 1]
    if len(y) < 2 or not float(y @ y) > 1e-20 or len(varying) > _MOST:
        return dict.fromkeys(choices, math.nan)
    dummies = {c: pd.get_dummies(ran[c].map(str)).to_numpy(float) for c in varying}
    explained = {
        s: _explained(y, [dummies[c] for c in s]) for k in range(len(varying) + 1) for s in combinations(varying, k)
    }
    return {c: _shapley(c, varying, explained) if c in varying else 0.0 for c in choices}


def _explained(y: np.ndarray, blocks: list[np.ndarray]) -> float:
    """Share of the sum of squares of ``y`` (n,), centred, in the span of the blocks."""
    import numpy as np

    if not blocks:
        return 0.0
    x = np.column_stack(blocks)
    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(fitted @ fitted / (y @ y))


def _shapley(choice: str, varying: list[str], explained: dict[tuple[str, ...], float]) -> float:
    others, n = [c for c in varying if c != choice], len(varying)
    total = 0.0
    for k in range(n):
        for s in combinations(others, k):
            joined = tuple(c for c in varying if c in s or c == choice)
            total += (explained[joined] - explained[s]) / (n * math.comb(n - 1, k))
    return min(max(total, 0.0), 1.0)
