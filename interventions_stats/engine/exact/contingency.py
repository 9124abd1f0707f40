"""Exact tests of association in one or several 2 x 2 tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.exact.binomial import FAY, LANCASTER
from interventions_stats.engine.exact.exact_result import Comparison, ExactResult, count_table, options
from interventions_stats.engine.exact.family import (
    Alternative,
    ConditionalFamily,
    PValues,
    TwoSided,
    central_limits,
    conditional_mle,
    convolve,
    from_log_ratios,
    minlike_limits,
    p_values,
)
from interventions_stats.engine.intake.scalars import check_flag, check_positive
from interventions_stats.errors import InputError

FISHER = "Fisher, R. A. (1935). The logic of inductive inference. JRSS, 98, 39-54."
MEHTA = (
    "Mehta, C. R., Patel, N. R., & Gray, R. (1985). Computing an exact confidence interval for the common odds ratio "
    "in several 2 x 2 contingency tables. JASA, 80, 969-973."
)
MANTEL = (
    "Mantel, N., & Haenszel, W. (1959). Statistical aspects of the analysis of data from retrospective studies of "
    "disease. JNCI, 22, 719-748."
)
ROBINS = (
    "Robins, J., Breslow, N., & Greenland, S. (1986). Estimators of the Mantel-Haenszel variance consistent in both "
    "sparse data and large-strata limiting models. Biometrics, 42, 311-323."
)
MAX_UNCONDITIONAL_CELLS = 40_000  # (row total 1 + 1) x (row total 2 + 1); beyond it Boschloo and Barnard take too long
MAX_SUPPORT = 5_000_000  # values of the first cell, given the margins
MAX_OPERATIONS = 2e8  # additions of logs in a convolution
UNKNOWN = PValues(math.nan, math.nan, math.nan, math.nan)


def table_family(table: NDArray[np.int64]) -> ConditionalFamily:
    """Noncentral hypergeometric family of the first cell, given the margins; theta is the log odds ratio."""
    (a, b), (c, d) = (int(v) for v in table[0]), (int(v) for v in table[1])
    row, other, column = a + b, c + d, a + c
    first, last = max(0, column - other), min(row, column)
    if last - first > MAX_SUPPORT:
        raise InputError(
            f"exact tests are limited to {MAX_SUPPORT} tables of the same margins; these have {last - first}"
        )
    x = np.arange(first, last, dtype=float)
    return from_log_ratios(first, np.log((row - x) * (column - x)) - np.log((x + 1) * (other - column + x + 1)))


@dataclass(frozen=True, repr=False)
class FisherResult(ExactResult):
    """Fisher's exact test, with Boschloo's and Barnard's unconditional tests beside it (computed when printed)."""

    table: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    _title: ClassVar[str] = "Fisher's exact test"

    def comparisons(self) -> tuple[Comparison, ...]:
        return self._unconditional

    @cached_property
    def _unconditional(self) -> tuple[Comparison, ...]:
        (a, b), (c, d) = self.table
        if self.null != 1 or min(a + b, c + d, a + c, b + d) == 0:
            return ()
        if (a + b + 1) * (c + d + 1) > MAX_UNCONDITIONAL_CELLS:
            return ()
        from scipy.stats import barnard_exact, boschloo_exact

        columns = np.array(self.table).T  # scipy takes the groups as columns
        rows = []
        for name, test in (("Boschloo", boschloo_exact), ("Barnard", barnard_exact)):
            found = test(columns, alternative=self.alternative)
            method = f"{name}'s unconditional exact test (scipy)"
            rows.append(Comparison(name, float(found.pvalue), method, statistic=float(found.statistic)))
        return tuple(rows)

    def _notes(self) -> list[str]:
        (a, b), (c, d) = self.table
        skipped = (a + b + 1) * (c + d + 1) > MAX_UNCONDITIONAL_CELLS
        note = ["Boschloo and Barnard were left out: the table is too large for them, and they would add little."]
        return [*super()._notes(), *(note if skipped else [])]


def fisher_test(
    table: ArrayLike,
    *,
    odds_ratio: float = 1.0,
    alternative: Alternative = "two-sided",
    two_sided: TwoSided = "minlike",
    interval: TwoSided = "central",
    midp: bool = False,
    conf_level: float = 0.95,
) -> FisherResult:
    """Fisher's exact test of a 2 x 2 table, with the conditional odds ratio.

    Parameters
    ----------
    table : array, shape (2, 2)
        Counts; rows are the groups, the first column counts events.
    odds_ratio : float
        Odds ratio under the null hypothesis.
    alternative : {"two-sided", "less", "greater"}
        "greater" means an odds ratio above ``odds_ratio``.
    two_sided, interval : {"minlike", "central"}
        Kind of the two-sided p-value (default "minlike", as in R) and of the interval (default "central").
    midp : bool
        Count the observed table half, in the p-value and in the (central) interval.
    conf_level : float

    Returns
    -------
    FisherResult
        ``estimate`` is the conditional maximum-likelihood odds ratio, which is not the cross-product ratio; it is 0
        or infinite when the observed cell is at the end of its range.  ``tidy()`` adds Boschloo's and Barnard's
        tests, which condition on the group sizes only and are usually more powerful.

    Raises
    ------
    InputError
        A table that is not 2 x 2 whole non-negative counts, or an empty one.

    References
    ----------
    Fisher (1935), JRSS 98:39.  Fay (2010), Biostatistics 11:373.  Boschloo (1970), Statistica Neerlandica 24:1.
    Barnard (1947), Biometrika 34:123.

    Examples
    --------
    >>> round(fisher_test([[3, 1], [1, 3]], alternative="greater").p_value, 4)
    0.2429
    >>> fisher_test([[3, 1], [1, 3]], alternative="greater").tidy()["term"].tolist()
    ['odds ratio', 'Boschloo', 'Barnard']
    """
    counts = count_table(table, (2, 2), "table")
    if not counts.sum():
        raise InputError("table holds no observation: all four cells are zero")
    null = check_positive("odds_ratio", odds_ratio)
    alphas = options(alternative, conf_level, two_sided, interval, midp)
    numbers = _conditional(
        table_family(counts), int(counts[0, 0]), null, alphas, alternative, two_sided, interval, midp
    )
    empty = min(counts.sum(axis=0).min(), counts.sum(axis=1).min()) == 0
    return FisherResult(
        term="odds ratio", null=null, alternative=alternative, two_sided=two_sided, interval=interval, midp=midp,
        conf_level=float(conf_level), n=int(counts.sum()), n_events=int(counts[:, 0].sum()),
        method="Fisher's exact test" + (" (mid-p)" if midp else ""), references=(FISHER, LANCASTER if midp else FAY),
        remarks=_edge_remarks(numbers["estimate"], "A row or column total is zero" if empty else ""),
        table=tuple(tuple(int(v) for v in row) for row in counts), **numbers,  # type: ignore[arg-type]
    )  # fmt: skip


def _conditional(
    family: ConditionalFamily, observed: int, null: float, alphas: tuple[float, float], alternative: Alternative,
    two_sided: TwoSided, interval: TwoSided, midp: bool,
) -> dict[str, Any]:  # fmt: skip
    """Estimate, limits and p-values of an odds ratio from its conditional family."""
    i = family.index(observed)
    if interval == "minlike" and alternative == "two-sided":
        low, high = minlike_limits(family, i, sum(alphas))
    else:
        low, high = central_limits(family, i, *alphas, midp=midp)
    plain, mid = (p_values(family, i, math.log(null), midp=m) for m in (False, True))
    return {
        "estimate": math.exp(conditional_mle(family, i)),
        "conf_low": math.exp(low),
        "conf_high": math.exp(high),
        "p_value": (mid if midp else plain).get(alternative, two_sided),
        "p_values": plain,
        "mid_p_values": mid,
    }


def _edge_remarks(estimate: float, empty: str) -> tuple[str, ...]:
    if math.isnan(estimate):
        return (f"{empty or 'The margins fix every cell'}: the odds ratio is not identified.",)
    if estimate == 0 or math.isinf(estimate):
        return (
            "The observed cell is at the end of its range: the estimate is at the edge and the interval one-sided.",
        )
    return ()


@dataclass(frozen=True, repr=False)
class CMHResult(ExactResult):
    """Exact and large-sample Cochran-Mantel-Haenszel tests of a common odds ratio."""

    exact: bool = True
    n_strata: int = 0
    n_informative: int = 0
    other: tuple[Comparison, ...] = ()
    statistic: float = math.nan

    _title: ClassVar[str] = "Cochran-Mantel-Haenszel test"

    def comparisons(self) -> tuple[Comparison, ...]:
        return self.other


def cmh_test(
    tables: ArrayLike,
    *,
    exact: bool = True,
    odds_ratio: float = 1.0,
    alternative: Alternative = "two-sided",
    two_sided: TwoSided = "minlike",
    interval: TwoSided = "central",
    midp: bool = False,
    correction: bool = True,
    conf_level: float = 0.95,
) -> CMHResult:
    """Test the association common to K tables of 2 x 2.

    Parameters
    ----------
    tables : array, shape (K, 2, 2)
        Counts; rows are the groups, the first column counts events.  One 2 x 2 table is taken as K = 1.
    exact : bool
        Report the exact conditional test (default) with the Mantel-Haenszel one beside it, or the reverse (without the
        exact one where the tables are too large for it).
    odds_ratio : float
        Common odds ratio under the null hypothesis (exact test; the large-sample chi-square tests 1).
    alternative, two_sided, interval, midp, conf_level
        As in :func:`fisher_test`.
    correction : bool
        Continuity correction of the chi-square statistic.

    Returns
    -------
    CMHResult
        ``estimate`` is the conditional maximum-likelihood common odds ratio.  A stratum with an empty row or column
        carries no information; the result counts the informative ones.

    Raises
    ------
    InputError
        Tables that are not K x 2 x 2 whole non-negative counts, or too large for the exact convolution.

    References
    ----------
    Mantel & Haenszel (1959), JNCI 22:719.  Mehta, Patel & Gray (1985), JASA 80:969.  Robins, Breslow & Greenland
    (1986), Biometrics 42:311.

    Examples
    --------
    >>> result = cmh_test([[[3, 3], [0, 6]], [[6, 0], [2, 4]], [[5, 1], [6, 0]]])
    >>> round(result.estimate, 5), round(result.p_value, 5)
    (10.36105, 0.03994)
    """
    counts = count_table(tables, (-1, 2, 2), "tables")
    exact, correction = check_flag("exact", exact), check_flag("correction", correction)
    if not counts.sum():
        raise InputError("tables hold no observation: every cell is zero")
    null = check_positive("odds_ratio", odds_ratio)
    alphas = options(alternative, conf_level, two_sided, interval, midp)
    large = _mantel_haenszel(counts, alphas, alternative, correction)
    method = "Exact conditional test of a common odds ratio" + (" (mid-p)" if midp else "")
    fields = ("estimate", "conf_low", "conf_high", "p_value")
    other: tuple[Comparison, ...] = ()
    numbers: dict[str, Any] = {"p_values": UNKNOWN, "mid_p_values": UNKNOWN}
    if exact or _operations(counts) <= MAX_OPERATIONS:
        family, observed = common_family(counts), int(counts[:, 0, 0].sum())
        numbers = _conditional(family, observed, null, alphas, alternative, two_sided, interval, midp)
        other = (Comparison("odds ratio, exact", method=method, **{k: numbers[k] for k in fields}),)
    if not exact:
        numbers.update({k: getattr(large, k) for k in fields})
    informative = int((np.minimum(counts.sum(axis=1).min(axis=1), counts.sum(axis=2).min(axis=1)) > 0).sum())
    return CMHResult(
        term="odds ratio", null=null, alternative=alternative, two_sided=two_sided, interval=interval, midp=midp,
        conf_level=float(conf_level), n=int(counts.sum()), n_events=int(counts[:, :, 0].sum()),
        method=method if exact else large.method, exact=exact, n_strata=len(counts), n_informative=informative,
        remarks=(*_edge_remarks(numbers["estimate"], ""), f"{informative} of {len(counts)} strata are informative."),
        other=(large,) if exact else other, references=(MEHTA, FAY, MANTEL, ROBINS),
        statistic=math.nan if exact else large.statistic, **numbers,
    )  # fmt: skip


def common_family(tables: NDArray[np.int64]) -> ConditionalFamily:
    """Family of the sum of the first cells, given all margins: the product of the strata's polynomials."""
    cost = _operations(tables)
    if cost > MAX_OPERATIONS:
        raise InputError(
            f"the exact test of these tables needs about {cost:.1e} operations, more than the {MAX_OPERATIONS:.0e} "
            "allowed; merge strata, or take the Mantel-Haenszel test with exact=False"
        )
    return reduce(convolve, sorted((table_family(t) for t in tables), key=lambda f: len(f.support)))


def _operations(tables: NDArray[np.int64]) -> float:
    """Cost of the convolution: the square of the total of the smallest margins."""
    smallest = np.minimum(tables.sum(axis=1).min(axis=1), tables.sum(axis=2).min(axis=1))
    return float(smallest.sum()) ** 2 if len(tables) > 1 else 0.0


def _mantel_haenszel(
    tables: NDArray[np.int64], alphas: tuple[float, float], alternative: Alternative, correction: bool
) -> Comparison:
    """Mantel-Haenszel chi-square and odds ratio with the Robins-Breslow-Greenland interval."""
    from scipy.special import ndtr, ndtri

    kept = tables[tables.sum(axis=(1, 2)) > 1].astype(float)
    a, b, c, d = kept[:, 0, 0], kept[:, 0, 1], kept[:, 1, 0], kept[:, 1, 1]
    total = a + b + c + d
    r, s = a * d / total, b * c / total
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(np.float64(r.sum()) / np.float64(s.sum()))
    excess = float(np.sum(a - (a + b) * (a + c) / total))
    variance = float(np.sum((a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))))
    method = "Mantel-Haenszel (large sample, Robins-Breslow-Greenland interval)"
    if variance == 0:
        return Comparison("odds ratio, Mantel-Haenszel", 1.0, method, estimate)
    shrink = min(0.5, abs(excess)) if correction else 0.0
    z = math.copysign(abs(excess) - shrink, excess) / math.sqrt(variance)
    tails = {"less": float(ndtr(z)), "greater": float(ndtr(-z)), "two-sided": float(2 * ndtr(-abs(z)))}
    low, high = math.nan, math.nan
    if r.sum() > 0 and s.sum() > 0:
        p, q = (a + d) / total, (b + c) / total
        spread = math.sqrt(
            np.sum(p * r) / (2 * r.sum() ** 2)
            + np.sum(p * s + q * r) / (2 * r.sum() * s.sum())
            + np.sum(q * s) / (2 * s.sum() ** 2)
        )
        low = estimate * math.exp(float(ndtri(alphas[0])) * spread) if alphas[0] else 0.0
        high = estimate * math.exp(-float(ndtri(alphas[1])) * spread) if alphas[1] else math.inf
    return Comparison("odds ratio, Mantel-Haenszel", tails[alternative], method, estimate, z * z, low, high)
