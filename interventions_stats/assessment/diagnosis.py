"""``diagnose``: what a planned list of events could show, before it is coded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.assessment.other_actors import LEAST_EVENTS, default_list, for_actor
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.intake.scalars import check_count, check_level, check_positive, check_seed, check_whole
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import load_events
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.seeds import branch
from interventions_stats.frames import as_pandas
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import LaidRegression
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.null_design import NullDesign
from interventions_stats.primary.question import Question
from interventions_stats.rules.sesoi import sesoi

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ALLOCATIONS = 10  # ways in which the planned events fall on leaders, targets or years
RELABELLINGS = 499
PLACEHOLDERS = 40  # events that lay a series out, one or more for every leader
PERIODS = {"month": "actor-month", "year": "actor-year"}


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(ResultContract):
    """Diagnosands of a planned test, one row a true effect.

    Attributes
    ----------
    table : DataFrame
        ``ratio`` (true), ``power`` (one-sided superiority, or two-sided for a two-sided proposition), ``bias`` and ``rmse``
        (log scale), ``coverage`` (calibrated 95% interval), ``type_s`` and ``type_m`` (share of wrong signs and mean
        exaggeration among two-sided significant estimates; Gelman and Carlin), ``bounded`` (share whose upper bound
        excludes the smallest effect of interest), ``mc_se`` of the power, ``histories``.
    term : str
    n_events, n_rows : int
    """

    table: pd.DataFrame
    term: str
    n_events: int
    n_rows: int
    sesoi: float
    alpha: float
    seed: int

    def tidy(self) -> pd.DataFrame:
        """One row a true effect, with all diagnosands."""
        return self.table.assign(term=self.term)

    def glance(self) -> pd.DataFrame:
        """One row: the plan, and its power at the largest effect asked for."""
        import pandas as pd

        return pd.DataFrame([{
            "n": self.n_rows, "n_events": self.n_events, "n_events_total": self.n_events, "n_dropped": 0,
            "estimator": "primary test on planted histories", "separated": "", "seed": self.seed, "data_version": "",
            "sesoi": self.sesoi, "alpha": self.alpha, "power": self.table["power"].iloc[-1],
        }])  # fmt: skip

    def _heading(self) -> str:
        return f"Diagnosis of {self.n_events} planned events on {self.term} ({self.n_rows} rows)"

    def _notes(self) -> list[str]:
        return [_said(row) for row in self.table.to_dict("records")]

    def _references(self) -> list[str]:
        return [
            "Gelman, A., & Carlin, J. (2014). Beyond power calculations: Assessing type S (sign) and type M (magnitude) errors. Perspectives on Psychological Science, 9(6), 641-651.",
            "Blair, G., Cooper, J., Coppock, A., & Humphreys, M. (2019). Declaring and diagnosing research designs. American Political Science Review, 113(3), 838-859.",
        ]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw power against the true ratio."""
        from interventions_stats.display.figures.power_curve import power_curve

        return power_curve(self.table[["ratio", "power"]], ax, sesoi=self.sesoi, title=self._heading())


def diagnose(
    n_events: int,
    exposure: str | Proposition | Any,
    effect: float | Sequence[float],
    *,
    actor: str | int | Actor = "RUS",
    delta: float | None = None,
    alpha: float = 0.05,
    histories: int = 500,
    seed: int = 0,
) -> Diagnosis:
    """Simulate what a planned list of events would show about an exposure, before it is coded.

    Histories with a known effect are planted on the observed exposure, and the whole primary test is run on each: the
    regression, its calibration and the relabelling test of the verdict.

    Parameters
    ----------
    n_events : int
        Events planned, at least four. They fall on leaders, targets or years in proportion to their rows, in ten ways.
    exposure : str, Proposition or DataFrame
        A proposition whose panel is taken (``"W1"``; its test shifts time or exchanges targets), or a series of your own: a column ``month`` or ``year`` and one
        column of values, oriented so that theory predicts a ratio above 1.
    effect : float or sequence of float
        True ratios per within-stratum SD (exposed against not, for a 0/1 exposure); 1 for no effect.
    actor : str, int or Actor, default "RUS"
    delta : float, optional
        Ratio of the smallest effect of interest; default: that of the proposition, 1.5 for a series.
    alpha : float, default 0.05
    histories : int, default 500
        For each effect.
    seed : int, default 0

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        Fewer than four events or more than there are rows, an effect that is not above zero, a test that relabels
        nothing, or a series without a period or with more than one column of values.

    References
    ----------
    Gelman & Carlin (2014), Perspect Psychol Sci 9:641-651. Blair et al. (2019), Am Polit Sci Rev 113:838-859.

    Examples
    --------
    >>> found = diagnose(40, "W1", [1, 2], histories=100)
    >>> found.table[["power"]].round(1).values.ravel().tolist()[0] < 0.2, bool(found.table["power"][1] > 0.8)
    (True, True)
    """
    import pandas as pd

    n_events = check_whole("n_events", n_events)
    if n_events < LEAST_EVENTS:
        raise InputError(f"n_events={n_events}: a verdict needs at least {LEAST_EVENTS} onsets, so plan for as many")
    ratios = [check_positive("effect", e) for e in (effect if isinstance(effect, Sequence | np.ndarray) else [effect])]
    if not ratios:
        raise InputError("effect= names at least one true ratio, for example 1.5")
    histories, alpha, seed = check_count("histories", histories), check_level("alpha", alpha), check_seed(seed)
    laid = _laid(exposure, find_actor(actor))
    if n_events > laid.design.layout.n and not laid.design.counted:
        raise InputError(f"n_events={n_events} is more than the {laid.design.layout.n} rows of the panel")
    prop: Any = laid.question.proposition
    interest = math.log(check_positive("delta", delta)) if delta is not None else sesoi(prop.delta, prop.scale).delta
    interest = interest or math.log(1.5)
    rows = [_diagnosed(laid, n_events, math.log(r), interest, histories, alpha, seed) for r in sorted(ratios)]
    return Diagnosis(pd.DataFrame(rows), prop.exposure, n_events, laid.design.layout.n, math.exp(interest), alpha, seed)


def _laid(exposure: Any, who: Actor) -> LaidRegression:
    """Lay out the rows of a plan; the events that it is laid out with are placeholders."""
    if isinstance(exposure, str | Proposition):
        prop = proposition(exposure)
        if kind_of(prop).own_events or not (kind_of(prop).plants and kind_of(prop).relabels):
            raise InputError(
                f"{prop.id}: no planned list can be planted in a {kind_of(prop).name} test; take one whose test shifts time or "
                f"exchanges targets, as W1 or E3, or give a series of your own"
            )
        listed = load_events(default_list(who), actor=who)
        return lay_out_regression(Question(for_actor(prop, listed), listed))
    series, unit, name = _series(exposure)
    periods = series[unit].astype(str)
    starts = _starts(periods.iloc[:: max(1, len(series) // PLACEHOLDERS)])
    years = (int(periods.min()[:4]), int(periods.max()[:4]))
    listed = EventList.from_frame(starts, who, coverage=years, definition="planned")
    prop = Proposition(id="plan", driver="plan", unit=PERIODS[unit], exposure=name, delta="meaningful")
    return lay_out_regression(Question(prop, listed, series))


def _series(exposure: Any) -> tuple[pd.DataFrame, str, str]:
    """A user's series, its unit of time and the name of its values."""
    frame = as_pandas(exposure, "the exposure")
    unit = next((u for u in PERIODS if u in frame), None)
    if unit is None:
        raise InputError("a series of your own needs a column month (2004-07) or year beside its values")
    values = [c for c in frame.columns if c != unit]
    if len(values) != 1:
        raise InputError(f"a series holds one column of values beside {unit}; there are {len(values)}")
    if frame[unit].duplicated().any():
        raise InputError(f"the series has a {unit} more than once")
    return frame.sort_values(unit), unit, str(values[0])


def _starts(starts: pd.Series) -> pd.DataFrame:
    return starts.rename("start").to_frame().reset_index(drop=True)


def _diagnosed(
    laid: LaidRegression, n_events: int, truth: float, interest: float, histories: int, alpha: float, seed: int
) -> dict[str, float]:
    """Diagnosands at one true effect."""
    from scipy import stats

    prop: Any = laid.question.proposition
    runs = [
        _run(laid, n_events, truth, size, branch(seed, prop.id, "diagnose", n_events, i), prop.direction == "two-sided")
        for i, size in enumerate(np.diff(np.linspace(0, histories, ALLOCATIONS + 1).astype(int)))
        if size
    ]
    estimate, se, p, p_two = (np.concatenate(part) for part in zip(*runs, strict=True))
    z = float(stats.norm.ppf(0.975))
    seen = p_two <= alpha
    wrong = np.sign(estimate[seen]) != np.sign(truth)
    power = float((p <= alpha).mean())
    known = truth != 0 and bool(seen.any())
    return {
        "ratio": math.exp(truth), "power": power, "bias": float(estimate.mean() - truth),
        "rmse": float(np.sqrt(((estimate - truth) ** 2).mean())),
        "coverage": float((np.abs(estimate - truth) <= z * se).mean()),
        "type_s": float(wrong.mean()) if known else math.nan,
        "type_m": float(np.abs(estimate[seen]).mean() / abs(truth)) if known else math.nan,
        "bounded": float((estimate + float(stats.norm.ppf(0.95)) * se < interest).mean()),
        "mc_se": math.sqrt(max(power * (1 - power), 1 / len(p)) / len(p)), "histories": len(p),
    }  # fmt: skip


def _run(
    laid: LaidRegression, n_events: int, truth: float, histories: int, seed: int, two_sided: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Plant one allocation of the events and run the whole primary test on each history."""
    rng = np.random.default_rng(seed)
    planned = replace(laid, design=_allocated(laid.design, n_events, rng))
    test = BatchedTest(planned.design)
    scores = test.scores(planned.design.exposure[None])
    counts = kind_of(laid.question.proposition).plant(planned, truth, histories, rng)
    weights = test.weights(counts)
    options: dict[str, Any] = {"relabellings": RELABELLINGS, "seed": int(rng.integers(2**31))}
    two = test.p_values(scores, weights, alternative="two-sided", **options)
    p = two if two_sided else test.p_values(scores, weights, alternative="greater", **options)
    pairs, deff = laid.regression.replace_outcomes(counts), test.design_effect(scores, weights, counts)
    ok = np.isfinite(pairs).all(axis=1)
    return pairs[ok, 0], pairs[ok, 1] * np.sqrt(deff[ok]), p[ok], two[ok]


def _allocated(design: NullDesign, n_events: int, rng: np.random.Generator) -> NullDesign:
    """The design with its onsets on other rows: as many as planned, on rows of their own unless they are counted."""
    rows = rng.choice(design.layout.n, n_events, replace=design.counted)
    return replace(design, counts=np.bincount(rows, minlength=design.layout.n).astype(float))


def _said(row: dict[str, Any]) -> str:
    text = f"At a true ratio of {row['ratio']:.2f} the test finds an effect in {row['power']:.0%} of histories"
    if row["type_m"] == row["type_m"]:
        text += (
            f"; estimates that are significant then exaggerate it {row['type_m']:.1f} times and have the wrong sign in "
            f"{row['type_s']:.0%}"
        )
    return text + f"; the bound excludes the smallest effect of interest in {row['bounded']:.0%}."
