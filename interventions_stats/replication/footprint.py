"""The footprint of Russia, the USSR and the United States: number, person-time and scale of interventions by one definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name
from interventions_stats.events.definitions import DEFINITIONS, load_events

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

SOURCES = ("mid", "imi", "ucdp")
FIRST_RUSSIAN = 1992
_FIRST = 1946
# What counts as large in a source that codes scale: its own column, the least code, and the words for it.
_SCALE = {
    "mid": ("events_mid", "hostility", 5, "war"),
    "imi": ("events_imi", "troop_size", None, "more than 1,000 ground troops"),
}
# Least troops of each band of IMI's peak ground force; the uppermost is open, so no band has a middle.
_LEAST_TROOPS = {"none": 0, "1-1000": 1, "1001-5000": 1001, "5001-10000": 5001, "over 10000": 10001}
_LARGE_BANDS = ("1001-5000", "5001-10000", "over 10000")
_SUMMED = ("case_years", "case_years_most", "person_years", "unsized", "large", "large_of")
_PERSON = {"Russia": 365, "USSR": 365, "United States": 2}


@dataclass(frozen=True, slots=True)
class Span:
    """An actor over years, all of them inside the source's coverage."""

    actor: str
    first: int
    last: int

    @property
    def years(self) -> int:
        return self.last - self.first + 1


def spans(source: str) -> tuple[Span, ...]:
    """Return spans of one length: Russia from 1992, the USSR's last years before, the United States in both.

    Examples
    --------
    >>> [(s.actor, s.first, s.last) for s in spans("imi")][:2]
    [('Russia', 1992, 2005), ('USSR', 1978, 1991)]
    """
    last = _coverage(source)[1]
    n = last - FIRST_RUSSIAN + 1
    before = (FIRST_RUSSIAN - n, FIRST_RUSSIAN - 1)
    return (
        Span("Russia", FIRST_RUSSIAN, last), Span("USSR", *before),
        Span("United States", FIRST_RUSSIAN, last), Span("United States", *before),
    )  # fmt: skip


def footprint_years(source: str = "mid") -> pd.DataFrame:
    """Return one row an actor and year from 1946: what began, what was under way, and how large it was.

    Parameters
    ----------
    source : {"mid", "imi", "ucdp"}

    Returns
    -------
    DataFrame
        ``source``, ``actor`` (``USSR`` to 1991, ``Russia`` from 1992, ``United States``), ``year``, ``onsets``,
        ``under_way`` (cases under way at any time of the year), ``case_years`` (their days in the year over its length),
        ``case_years_most`` (the same where cases whose end the source does not know ran on), ``person_years`` (case-years
        times the least troops of the band of the case's peak force) with ``unsized`` (the case-years left out of it, no
        size being coded), ``large`` (onsets with more than 1,000 ground troops in IMI, at war in MID) and ``large_of``
        (onsets with a coded scale). The last four are missing where the source codes none.

    Notes
    -----
    A case counts from the first day its onset can have to the last its end can have, one that still runs to the end of the
    coverage, and one of unknown end to the last day its onset can have. What the USSR left running counts for Russia from
    1992 on, as what the United States had begun before does for the United States; its onset does not. A peak is no mean,
    so the person-years are an index of scale and no bound on the true ones.

    Raises
    ------
    UnknownNameError
        An unknown source.

    Examples
    --------
    >>> years = footprint_years("imi").set_index(["actor", "year"])
    >>> int(years.loc[("USSR", 1980), "under_way"]) >= 1  # Afghanistan
    True
    """
    import pandas as pd

    first, last = _coverage(source)
    parts = [("USSR", max(first, _FIRST), FIRST_RUSSIAN - 1), ("Russia", FIRST_RUSSIAN, last),
             ("United States", max(first, _FIRST), last)]  # fmt: skip
    return pd.concat([_years(source, *part) for part in parts], ignore_index=True)


def footprint_totals(source: str = "mid") -> pd.DataFrame:
    """Sum the years over spans of one length.

    Returns
    -------
    DataFrame
        One row a span: ``source``, ``actor``, ``first``, ``last``, ``years``, ``onsets``, ``onsets_per_year``,
        ``years_with_a_case`` (years in which any was under way), ``case_years``, ``case_years_most``, ``person_years``,
        ``unsized``, ``large`` (onsets), ``large_of``, ``large_means``.
    """
    import pandas as pd

    by_year = footprint_years(source)
    rows = []
    for s in spans(source):
        part = by_year[(by_year["actor"] == s.actor) & by_year["year"].between(s.first, s.last)]
        rows.append({
            "source": source, "actor": s.actor, "first": s.first, "last": s.last, "years": s.years,
            "onsets": int(part["onsets"].sum()), "onsets_per_year": part["onsets"].sum() / s.years,
            "years_with_a_case": int((part["under_way"] > 0).sum()),
            **{c: part[c].sum(min_count=1) for c in _SUMMED}, "large_means": _SCALE[source][3] if source in _SCALE else "",
        })  # fmt: skip
    return pd.DataFrame(rows)


def footprint_ratios(source: str = "mid", *, conf_level: float = 0.95) -> pd.DataFrame:
    """Compare Russia's onsets with those of the others by exact rate ratios.

    Returns
    -------
    DataFrame
        One row a comparison: ``source``, ``against``, ``span`` (of the other), ``years`` (of each), ``onsets``,
        ``their_onsets``, ``ratio``, ``conf_low``, ``conf_high`` (exact, central), ``p_less`` (one-sided, of a ratio below
        1), and the ratios of ``case_years``, ``person_years`` and ``large`` onsets, which carry no interval: years under
        way are no independent counts. The intervals take onsets as Poisson, and onsets that come in bursts make them too narrow.

    Examples
    --------
    >>> found = footprint_ratios("mid").set_index(["against", "span"])
    >>> bool(found.loc[("USSR", "1969-1991"), "conf_low"] < found.loc[("USSR", "1969-1991"), "ratio"])
    True
    """
    import pandas as pd

    from interventions_stats.engine.exact.rate import rate_ratio

    totals = footprint_totals(source)
    ours = totals.iloc[0]
    rows = []
    for row in totals.iloc[1:].to_dict("records"):
        counts, years = (int(ours["onsets"]), int(row["onsets"])), (float(ours["years"]), float(row["years"]))
        found = rate_ratio(counts, years, conf_level=conf_level) if sum(counts) else None
        rows.append({
            "source": source, "against": row["actor"], "span": f"{row['first']}-{row['last']}", "years": row["years"],
            "onsets": counts[0], "their_onsets": counts[1], "ratio": _over(counts[0] * years[1], counts[1] * years[0]),
            "conf_low": found.conf_low if found else float("nan"), "conf_high": found.conf_high if found else float("nan"),
            "p_less": rate_ratio(counts, years, alternative="less").p_value if found else float("nan"),
            **{f"ratio_{c}": _over(ours[c], row[c]) for c in ("case_years", "person_years", "large")},
        })  # fmt: skip
    return pd.DataFrame(rows)


def person_years() -> pd.DataFrame:
    """Sum the person-years of the reconstructed interventions by year of onset: ``year, onsets, person_years, coded``.

    The reconstruction alone codes them, so there is nothing to hold Russia against.
    """
    events = load_events("reconstructed")
    frame = events.frame.assign(year=events.timing["first"].dt.year.to_numpy())
    size = frame["person_years"].astype(float)
    grouped = frame.assign(person_years=size, coded=size.notna().astype(int)).groupby("year")
    out = grouped.agg(onsets=("event_id", "size"), person_years=("person_years", "sum"), coded=("coded", "sum"))
    return (
        out.reindex(range(events.coverage[0], events.coverage[1] + 1), fill_value=0).rename_axis("year").reset_index()
    )


def _over(ours: float, theirs: float) -> float:
    return float(ours / theirs) if theirs and theirs == theirs else float("nan")


def _coverage(source: str) -> tuple[int, int]:
    if source not in SOURCES:
        raise unknown_name("source", source, SOURCES, where="the footprint")
    return DEFINITIONS[source].coverage


def _years(source: str, actor: str, first: int, last: int) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    code = _PERSON[actor]
    events = load_events(source, actor=code, since=_coverage(source)[0], until=last)
    timing = events.timing
    years = np.arange(first, last + 1)
    known, most = (under_way(events, years, unknown_runs=runs) for runs in (False, True))
    began = timing["first"].dt.year.to_numpy()
    out = pd.DataFrame({
        "source": source, "actor": actor, "year": years, "onsets": _counted(began, years),
        "under_way": (known > 0).sum(axis=1), "case_years": known.sum(axis=1), "case_years_most": most.sum(axis=1),
    })  # fmt: skip
    return out.assign(**_scale(source, events.ids, began, years, known))


def _counted(years: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return (years[None, :] == wanted[:, None]).sum(axis=1)


def under_way(events: EventList, years: np.ndarray, *, unknown_runs: bool) -> np.ndarray:
    """Share of each year (rows) that each case (columns) was under way."""
    import numpy as np
    import pandas as pd

    timing, latest = events.timing, pd.Timestamp(f"{years[-1]}-12-31")
    unknown = (events.frame["end_precision"] == "unknown").to_numpy()
    stops = timing["end"].fillna(latest)
    if not unknown_runs:
        stops = stops.where(~unknown, timing["last"])
    lo, hi = (np.array([f"{y}-{day}" for y in years], "datetime64[D]")[:, None] for day in ("01-01", "12-31"))
    begin, end = (t.to_numpy().astype("datetime64[D]")[None, :] for t in (timing["first"], stops))
    days = (np.minimum(end, hi) - np.maximum(begin, lo)).astype(int) + 1
    return days.clip(min=0) / ((hi - lo).astype(int) + 1)


def _scale(
    source: str, ids: tuple[str, ...], began: np.ndarray, years: np.ndarray, share: np.ndarray
) -> dict[str, np.ndarray]:
    """Large onsets and person-years of each year; missing where the source codes no scale."""
    import numpy as np

    from interventions_stats.datasets.load import load

    out = {c: np.full(len(years), np.nan) for c in ("person_years", "unsized", "large", "large_of")}
    if source not in _SCALE:
        return out
    table, column, least, _ = _SCALE[source]
    coded = load(table).set_index("event_id").loc[list(ids)]
    known = coded[column].notna().to_numpy(bool)
    big = coded["troop_size_label"].isin(_LARGE_BANDS) if least is None else coded[column] >= least
    out["large"] = _counted(began[big.fillna(False).to_numpy(bool)], years).astype(float)
    out["large_of"] = _counted(began[known], years).astype(float)
    if least is None:
        troops = coded["troop_size_label"].map(_LEAST_TROOPS).fillna(0).to_numpy(float)
        out["person_years"], out["unsized"] = share @ troops, share[:, ~known].sum(axis=1)
    return out
