"""Literal tests: what a study would have computed for its own finding, with the conventional regression beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.rules.formatting import Measure, effect_text, missing, probability_text, value_text

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery
    from interventions_stats.assessment.result import Result

NAN = float("nan")
Simulated = Callable[[Laid, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventional:
    """The regression that is usually run: effect as a ratio, its 95% interval and two-sided p as if rows were independent."""

    label: str
    ratio: float
    low: float
    high: float
    p: float
    measure: Measure = "OR"

    def __str__(self) -> str:
        ends = (math.log(x) if x > 0 else -math.inf for x in (self.ratio, self.low, self.high))
        number, low, high = (value_text(x, self.measure) for x in ends)
        return f"{self.measure} {number} ({low} to {high}), p {probability_text(self.p)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralTest:
    """One literal test, or one source or measure of a description.

    Attributes
    ----------
    name : str
        The test, source or measure, short.
    number : str
        What came out, in words and a number ("rho .05", "RR 0.254", "13 of 25").
    value : float
        The same as a plain number.
    p : float
        Conventional p-value; NaN where there is none.
    attainable : float, default 0
        The smallest p-value that it can give, where that is known.
    holds : bool, optional
        For a source or measure: whether it shows what the study says.
    decides : bool, default True
        Whether the finding is read off it; if not, it stands beside.
    proposition : str, default ""
        The proposition whose effect it tests.
    two_sided : bool, default False
    against : bool, default False
        A two-sided test whose effect has the sign opposite to the theory's: its p-value is none of a presence.
    simulated : callable, optional
        ``simulated(laid, histories) -> p-values``: the same test on histories (H, n) of onset counts over the rows of the
        proposition.
    registered : bool, default False
        It is the registered test of the proposition, which runs on many histories at once.
    conventional : Conventional, optional
    """

    name: str
    number: str = ""
    value: float = NAN
    p: float = NAN
    attainable: float = 0.0
    holds: bool | None = None
    decides: bool = True
    proposition: str = ""
    two_sided: bool = False
    against: bool = False
    simulated: Simulated | None = field(default=None, repr=False)
    registered: bool = False
    conventional: Conventional | None = None

    def __str__(self) -> str:
        shown = f"{self.name} {self.number}".strip()
        return shown if missing(self.p) else f"{shown}, p {probability_text(self.p, apart_from=0.05)}"


def registered(found: Battery, name: str, /, **changes: Any) -> LiteralTest:
    """Take a proposition's registered test as the literal one: its unadjusted p, in the direction that the theory predicts.

    Parameters
    ----------
    found : Battery
    name : str
        Id of the proposition.
    **changes
        Fields of the test to set otherwise, as ``decides=False``.

    Returns
    -------
    LiteralTest
    """
    r = result(found, name)
    e = r.evidence
    fields: dict[str, Any] = {
        "name": name, "number": "" if e.raw is None else effect_text(e.estimate, e.sesoi.measure),
        "value": math.exp(e.estimate), "p": e.p_superiority, "attainable": e.attainable[0], "proposition": name,
        "two_sided": e.two_sided, "registered": True, "conventional": conventional(r),
    }  # fmt: skip
    return LiteralTest(**(fields | changes))


def correlated(found: Battery, name: str, /, **changes: Any) -> tuple[LiteralTest, ...]:
    """Correlate a proposition's exposure with onset, as it is measured: Spearman's two-sided p decides.

    The point-biserial correlation and the shift p of Spearman's stand beside it.

    Parameters
    ----------
    found, name, **changes
        As in :func:`registered`; the changes are those of the test that decides.

    Returns
    -------
    tuple of LiteralTest
    """
    from interventions_stats.assessment.correlation import correlate

    r = result(found, name)
    got = correlate(
        r.proposition, r.events, series=r.series, seed=r.evidence.seed, method=["spearman", "point_biserial"]
    )
    rho, r_pb = (got.tidy().set_index("method").loc[m] for m in ("spearman", "point_biserial"))
    first: dict[str, Any] = {
        "name": "Spearman", "number": f"rho {_two(rho['estimate'])}", "value": float(rho["estimate"]), "p": float(rho["p_value"]),
        "proposition": name, "two_sided": True, "simulated": spearman_of_histories, "conventional": conventional(r),
    }  # fmt: skip
    return (
        LiteralTest(**(first | changes)),
        LiteralTest(name="point-biserial", number=f"r {_two(r_pb['estimate'])}", value=float(r_pb["estimate"]),
                    p=float(r_pb["p_value"]), decides=False, proposition=name),
        LiteralTest(name="Spearman by shifts", number=f"rho {_two(rho['estimate'])}", value=float(rho["estimate"]),
                    p=float(rho["p_shift"]), decides=False, proposition=name),
    )  # fmt: skip


def raw_fisher(found: Battery, name: str, /, **changes: Any) -> LiteralTest:
    """Fisher's exact test, two-sided, of onset against a yes-or-no exposure over all rows, whatever their unit or period."""
    from interventions_stats.engine.exact.contingency import fisher_test

    laid = laid_out(result(found, name))
    if laid is None:
        return LiteralTest(name="raw Fisher", proposition=name)
    exposure = _measured(laid)
    if len(np.unique(exposure)) > 2:
        raise InputError(f"{name}: its exposure is no yes or no, so there is no table to test")
    table = _fourfold(exposure, laid.counts)
    tested = fisher_test(table)
    log_odds = math.log(tested.estimate) if tested.estimate > 0 else -math.inf
    fields: dict[str, Any] = {
        "name": "raw Fisher", "number": effect_text(log_odds), "value": float(tested.estimate), "p": float(tested.p_value),
        "proposition": name, "two_sided": True, "against": bool(tested.estimate < 1), "simulated": fisher_of_histories,
        "conventional": conventional(result(found, name)),
    }  # fmt: skip
    return LiteralTest(**(fields | changes))


def margins_kept(found: Battery, name: str, /, **changes: Any) -> LiteralTest:
    """The conditional test that keeps each target's and each year's number of onsets (:func:`two_margin_test`)."""
    from interventions_stats.engine.permutation.two_margins import two_margin_test
    from interventions_stats.errors import EstimationError
    from interventions_stats.primary.target_years import as_grid

    r = result(found, name)
    laid = laid_out(r)
    blank = LiteralTest(name="both margins kept", proposition=name)
    if laid is None:
        return blank
    rows = laid.rows.assign(onsets=laid.counts)
    try:
        exposure, onsets, _ = as_grid(rows, _measured(laid))
        tested = two_margin_test(exposure, onsets, seed=r.evidence.seed)
    except EstimationError:
        return blank
    return LiteralTest(**({"name": "both margins kept", **margin_numbers(tested), "proposition": name} | changes))


def margin_numbers(tested: Any) -> dict[str, Any]:
    """Effect, p and smallest attainable p of a two-margin test, as fields of a literal test."""
    shown = "OR unbounded" if not math.isfinite(tested.estimate) else effect_text(tested.estimate)
    return {"number": shown, "value": math.exp(min(tested.estimate, 700.0)), "p": tested.p_greater,
            "attainable": tested.attainable[0]}  # fmt: skip


def conventional(r: Result) -> Conventional | None:
    """The regression beside a proposition's test, with the standard error as it is and the normal two-sided p."""
    from scipy import stats

    raw = r.evidence.raw
    if raw is None or not (math.isfinite(raw.estimate) and math.isfinite(raw.se) and raw.se > 0):
        return None
    z = float(stats.norm.ppf(0.975))
    low, high = raw.intervals.get(0.95, (raw.estimate - z * raw.se, raw.estimate + z * raw.se))
    p = raw.p_two_sided if raw.exact and raw.intervals else 2 * float(stats.norm.sf(abs(raw.estimate) / raw.se))
    ratio, low, high = (math.exp(min(x, 700.0)) for x in (raw.estimate, low, high))
    return Conventional(label=raw.scale_label, ratio=ratio, low=low, high=high, p=p, measure=r.evidence.sesoi.measure)


def result(found: Battery, name: str) -> Result:
    """The result of a proposition, and no driver's."""
    from interventions_stats.assessment.result import Result

    r = found[name]
    if not isinstance(r, Result):
        raise InputError(f"{name!r} is a driver: a literal test is of one proposition")
    return r


def laid_out(r: Result) -> Laid | None:
    """Lay a result's question out again; None where its data leave nothing to test."""
    from interventions_stats.errors import EstimationError, RefusalError
    from interventions_stats.primary.layouts import lay_out
    from interventions_stats.primary.question import Question
    from interventions_stats.primary.raw import CannotRun

    if r.evidence.raw is None or r.events is None:
        return None
    try:
        return lay_out(Question(r.proposition, r.events, r.series, seed=r.evidence.seed))
    except (CannotRun, InputError, EstimationError, RefusalError):
        return None


def spearman_of_histories(laid: Laid, histories: Floats) -> Floats:
    """Conventional two-sided p of Spearman's rho between the exposure and an onset or none, by history."""
    from scipy import stats

    x, n = (stats.rankdata(v, axis=-1) for v in (_measured(laid), histories > 0))
    x, n = x - x.mean(), n - n.mean(axis=1, keepdims=True)
    rho = n @ x / np.maximum(np.sqrt((x**2).sum() * (n**2).sum(axis=1)), 1e-300)
    rows = len(x)
    t = rho * np.sqrt((rows - 2) / np.maximum(1 - rho**2, 1e-300))
    return np.asarray(2 * stats.t.sf(np.abs(t), rows - 2))


def _measured(laid: Laid) -> Floats:
    """The exposure as it is measured, oriented by the theory and not scaled within strata, on the rows that are used."""
    from interventions_stats.panels.terms import parse_term

    x = laid.rows[str(parse_term(laid.question.proposition.exposure))].to_numpy(float)
    if isinstance(laid, LaidRegression) and len(x) != laid.design.layout.n:
        return x[laid.design.layout.kept]
    return x


def fisher_of_histories(laid: Laid, histories: Floats) -> Floats:
    """Two-sided p of Fisher's exact test of exposure and onset, by history."""
    from interventions_stats.engine.exact.contingency import fisher_test

    exposure = _measured(laid)
    seen: dict[tuple[int, ...], float] = {}
    out = []
    for counts in histories:
        table = _fourfold(exposure, counts)
        key = (*table[0], *table[1])
        if key not in seen:
            seen[key] = float(fisher_test(table).p_value)
        out.append(seen[key])
    return np.array(out)


def _fourfold(exposure: Floats, counts: Floats) -> list[list[int]]:
    exposed, onset = exposure > exposure.min(), counts > 0
    return [[int((exposed == e)[onset].sum()), int((exposed == e)[~onset].sum())] for e in (True, False)]


def _two(x: float) -> str:
    """A correlation to two digits, without its leading zero.

    >>> _two(0.0512), _two(-0.3)
    ('.05', '-.30')
    """
    return f"{x:.2f}".replace("0.", ".", 1)
