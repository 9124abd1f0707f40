"""Hold-out: a model fixed on the years before, scored on the cases after; a score, never a verdict (G25)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.panels.build import panel
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.terms import parse_term
from interventions_stats.robustness.lists import registered_list

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DEFAULT = ("F1", "B2", "T2")  # indicators that are measured to 2023
RANK_DRAWS = 9_999
SHRINK = 10  # years of the common rate that stand beside a target's own
NOTE = "G25: a forecast beyond the years that shaped the model is a score and decides no verdict."


@dataclass(frozen=True, eq=False, repr=False)
class HoldOut(ResultContract):
    """Forecasts of the years after, beside those of base rates.

    Attributes
    ----------
    frame : DataFrame
        One row a target-year of the hold-out: ``onset``, the probabilities of the three forecasts, ``rank`` of the target in
        its year by the model (1 is the likeliest).
    scores : DataFrame
        One row a forecast (model, own rate, common rate): mean ``log_score`` (higher is better), ``brier``, ``expected`` and
        ``observed`` onsets, their ratio ``calibration`` with an exact 95% interval (``calibration_low``, ``_high``), the mean
        percentile of the realised targets ``percentile``, and ``p_rank``, the chance that targets drawn evenly in the same
        years rank as high.
    outside : dict
        Cases after the cut that the panel could not place, with the reason.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame
    exposures: tuple[str, ...]
    cut: int
    outside: dict[str, str]
    n_train: int
    n_train_events: int
    _title = "Hold-out forecast"

    @property
    def n_events(self) -> int:
        """Cases after the cut that the panel holds; several can begin in one target-year."""
        return len(ids_in(self.frame["event_ids"]))

    @property
    def realised(self) -> pd.DataFrame:
        """The target-years in which a case began, with rank and number of targets."""
        return self.frame[self.frame["onset"] == 1].reset_index(drop=True)

    def tidy(self) -> pd.DataFrame:
        """The scores; the term is the forecast."""
        return self.scores.rename(columns={"forecast": "term"})

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        from interventions_stats.datasets.package import data_version

        gain = self.scores.set_index("forecast")["log_score"]
        return pd.DataFrame([{
            "n": len(self.frame), "n_events": self.n_events, "n_events_total": self.n_events + len(self.outside),
            "n_dropped": len(self.outside), "estimator": "FLAC logit", "separated": "", "seed": "", "data_version": data_version(),
            "cut": self.cut, "n_train": self.n_train, "n_train_events": self.n_train_events,
            "log_score_gain": float(gain["model"] - max(gain["own rate"], gain["common rate"])),
        }])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the forecast probabilities by year, with the realised targets marked."""
        from interventions_stats.robustness.check_figures import forecast_years

        return forecast_years(self.frame, ax, title=f"{self._title}: fitted to {self.cut}")

    def _references(self) -> list[str]:
        return ["Puhr, R., Heinze, G., Nold, M., Lusa, L. & Geroldinger, A. (2017). Firth's logistic regression with rare events. "
                "Statistics in Medicine 36, 2302-2317.",
                "Gneiting, T. & Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and estimation. Journal of the "
                "American Statistical Association 102, 359-378."]  # fmt: skip

    def _notes(self) -> list[str]:
        return [NOTE, *(f"{i}: {reason}" for i, reason in self.outside.items())]


def hold_out(
    exposures: Sequence[str] = DEFAULT,
    *,
    events: EventList | None = None,
    later: EventList | None = None,
    targets: str = "post_soviet",
    cut: int = 2020,
    end: int = 2024,
    lag: int = 1,
) -> HoldOut:
    """Fit on the target-years up to ``cut`` and score the years after.

    Parameters
    ----------
    exposures : sequence of str
        Propositions, whose exposure is taken, or exposures.
    events : EventList, optional
        Cases up to the cut. Default: the reconstructed list.
    later : EventList, optional
        Cases after it. Default: the coded Russian cases that began after 2020.
    targets : str, default "post_soviet"
    cut, end : int
        Last year of the fit and of the hold-out.
    lag : int, default 1

    Returns
    -------
    HoldOut

    Raises
    ------
    InputError
        A cut that leaves no year to score.
    EstimationError
        An indicator that is not measured in the hold-out years, or no onset before the cut.

    Notes
    -----
    Two base rates are scored beside the model: the common one, and each target's own up to the cut, shrunk to the common
    one by ten years' worth of it.  A model that knows more than who was a target before has to beat both.

    References
    ----------
    Puhr et al. (2017), Stat Med 36:2302-2317 (predictions from penalised fits); Gneiting & Raftery (2007), J Am Stat Assoc
    102:359-378 (scores).

    Examples
    --------
    >>> found = hold_out(["T2"])
    >>> sorted(found.scores["forecast"])
    ['common rate', 'model', 'own rate']
    """
    from interventions_stats.engine.models.flac import flac

    if end <= cut:
        raise InputError(f"end={end} leaves no year after the cut {cut}")
    terms = [PROPOSITIONS[t].exposure if t in PROPOSITIONS else t for t in exposures]
    columns = [str(parse_term(t)) for t in terms]
    before = _used(
        panel(
            _first(events), "actor-target-year", terms, lag, targets=targets, end=str(cut), imprecise="impute", seed=0
        ),
        columns,
    )
    coming = _later(later, cut, end)
    after_whole = panel(
        coming,
        "actor-target-year",
        terms,
        lag,
        targets=targets,
        start=str(cut + 1),
        end=str(end),
        imprecise="impute",
        seed=0,
    )
    after = _used(after_whole, columns)
    if len(after) == 0:
        raise EstimationError(
            f"no target-year after {cut} has {', '.join(columns)}: choose indicators that are measured later"
        )
    y = before["onset"].to_numpy(float)
    if y.sum() == 0:
        raise EstimationError(f"no onset up to {cut} falls where the indicators are measured")
    X = before[columns].to_numpy(float)
    centre, spread = X.mean(axis=0), np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    fit = flac(y=y, X=(X - centre) / spread)
    eta = fit.params[0] + (after[columns].to_numpy(float) - centre) / spread @ fit.params[1:]
    frame = after[["target_ccode", "name", "year", "onset", "event_ids"]].assign(
        model=1 / (1 + np.exp(-eta)), own_rate=_own_rates(before, after), common_rate=float(y.mean())
    )  # fmt: skip
    frame["rank"] = frame.groupby("year")["model"].rank(ascending=False, method="average")
    frame["n_targets"] = frame.groupby("year")["model"].transform("size")
    return HoldOut(frame, _scores(frame), tuple(columns), cut, _outside(after_whole, after), len(before), int(y.sum()))


def _first(events: EventList | None) -> EventList:
    return events if events is not None else registered_list("reconstructed", 365)


def _later(later: EventList | None, cut: int, end: int) -> EventList:
    if later is not None:
        return later
    from interventions_stats.events.definitions import _cases, load_events
    from interventions_stats.events.schema import COLUMNS

    whole, cases = load_events("reconstructed"), _cases()
    frame = cases[cases["event_id"].astype(str).str.startswith("P")][list(COLUMNS)].reset_index(drop=True)
    events = replace(whole, frame=frame, definition=f"cases after {cut}", coverage=(whole.coverage[0], end), edits=())
    inside = (events.timing["first"].dt.year > cut) & (events.timing["first"].dt.year <= end)
    return replace(events, frame=frame[inside.to_numpy()].reset_index(drop=True))


def _used(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame[frame[columns].notna().all(axis=1)].reset_index(drop=True)


def _outside(whole: pd.DataFrame, used: pd.DataFrame) -> dict[str, str]:
    kept = ids_in(used["event_ids"])
    lost = ids_in(whole["event_ids"]) - kept
    return dict(whole.attrs["outside"]) | dict.fromkeys(
        sorted(lost), "an indicator is not measured for its target-year"
    )


def _own_rates(before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    common = float(before["onset"].mean())
    own = before.groupby("target_ccode")["onset"].agg(["sum", "size"])
    rate = (own["sum"] + SHRINK * common) / (own["size"] + SHRINK)
    return after["target_ccode"].map(rate).fillna(common).to_numpy(float)


def _scores(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd
    from scipy.stats import chi2

    y, rows = frame["onset"].to_numpy(float), []
    hit, seen = y == 1, int(y.sum())
    # exact limits of a Poisson count (Garwood 1936)
    low = float(chi2.ppf(0.025, 2 * seen)) / 2 if seen else 0.0
    high = float(chi2.ppf(0.975, 2 * seen + 2)) / 2
    for column in ("model", "own_rate", "common_rate"):
        p = np.clip(frame[column].to_numpy(float), 1e-12, 1 - 1e-12)
        rank = frame.groupby("year")[column].rank(ascending=False, method="average").to_numpy(float)
        place = 1 - (rank - 1) / np.maximum(frame["n_targets"].to_numpy(float) - 1, 1)
        rows.append({
            "forecast": column.replace("_", " "), "log_score": float(np.mean(y * np.log(p) + (1 - y) * np.log1p(-p))),
            "brier": float(np.mean((p - y) ** 2)), "expected": float(p.sum()), "observed": seen,
            "calibration": float(y.sum() / p.sum()), "calibration_low": low / float(p.sum()),
            "calibration_high": high / float(p.sum()), "percentile": float(place[hit].mean()) if seen else math.nan,
            "p_rank": _p_rank(place, hit, frame["year"].to_numpy()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _p_rank(place: np.ndarray, hit: np.ndarray, years: np.ndarray) -> float:
    """Chance that as many targets, drawn evenly within the same years, have as high a sum of percentiles."""
    if not hit.any():
        return math.nan
    rng, total = np.random.default_rng(0), np.zeros(RANK_DRAWS)
    for year in np.unique(years[hit]):
        here = place[years == year]
        count = int(hit[years == year].sum())
        order = rng.random((RANK_DRAWS, len(here))).argsort(axis=1)[:, :count]
        total += here[order].sum(axis=1)
    return float(((total >= place[hit].sum() - 1e-9).sum() + 1) / (RANK_DRAWS + 1))
