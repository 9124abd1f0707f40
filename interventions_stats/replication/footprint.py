"""The footprint of Russia, the USSR and the United States: number, person-time and scale of interventions by one definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name
from interventions_stats.events.definitions import DEFINITIONS, load_events

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SOURCES = ("mid", "imi", "ucdp")
FIRST_RUSSIAN = 1992
_FIRST = 1946
# What counts as large in a source that codes scale: its own column, the least code, and the words for it.
_SCALE = {
    "mid": ("events_mid", "hostility", 5, "war"),
    "imi": ("events_imi", "troop_size", None, "more than 1,000 ground troops"),
}
_LARGE_BANDS = ("1001-5000", "5001-10000", "over 10000")
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
        ``under_way`` (cases under way at any time of the year), ``case_years`` (their days in the year over its length) and
        ``large`` (onsets with more than 1,000 ground troops in IMI, at war in MID; missing where the source codes none).
        A case counts from the first day its onset can have to the last its end can have; one without an end, to the end
        of 1991 or of the coverage.

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
        ``years_with_a_case`` (years in which any was under way), ``case_years``, ``large`` (onsets), ``large_means``.
    """
    import pandas as pd

    by_year = footprint_years(source)
    rows = []
    for s in spans(source):
        part = by_year[(by_year["actor"] == s.actor) & by_year["year"].between(s.first, s.last)]
        rows.append({
            "source": source, "actor": s.actor, "first": s.first, "last": s.last, "years": s.years,
            "onsets": int(part["onsets"].sum()), "onsets_per_year": part["onsets"].sum() / s.years,
            "years_with_a_case": int((part["under_way"] > 0).sum()), "case_years": part["case_years"].sum(),
            "large": part["large"].sum(min_count=1), "large_means": _SCALE[source][3] if source in _SCALE else "",
        })  # fmt: skip
    return pd.DataFrame(rows)


def footprint_ratios(source: str = "mid", *, conf_level: float = 0.95) -> pd.DataFrame:
    """Compare Russia's onsets with those of the others by exact rate ratios.

    Returns
    -------
    DataFrame
        One row a comparison: ``source``, ``against``, ``span`` (of the other), ``years`` (of each), ``onsets``,
        ``their_onsets``, ``ratio``, ``conf_low``, ``conf_high`` (exact, central), ``p_less`` (one-sided, of a ratio below
        1), and the ratios of ``case_years`` and of ``large`` onsets, which carry no interval: years under way are no
        independent counts. The intervals take onsets as Poisson, and onsets that come in bursts make them too narrow.

    Examples
    --------
    >>> found = footprint_ratios("mid").set_index(["against", "span"])
    >>> bool(found.loc[("USSR", "1969-1991"), "conf_low"] < found.loc[("USSR", "1969-1991"), "ratio"])
    True
    """
    import pandas as pd

    from interventions_stats.estimators.exact_rate import rate_ratio

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
            "ratio_case_years": _over(ours["case_years"], row["case_years"]), "ratio_large": _over(ours["large"], row["large"]),
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
    import pandas as pd

    events = load_events(source, actor=_PERSON[actor], since=first, until=last)
    timing = events.timing
    whole = pd.DataFrame({"source": source, "actor": actor, "year": range(first, last + 1)})
    starts = timing["first"]
    latest = pd.Timestamp(f"{last}-12-31")
    stops = timing["end"].fillna(latest)
    stops = stops.where(stops <= latest, latest)
    lo = pd.to_datetime(whole["year"].astype(str) + "-01-01").to_numpy()[:, None]
    hi = pd.to_datetime(whole["year"].astype(str) + "-12-31").to_numpy()[:, None]
    day = pd.Timedelta(days=1)
    begin, end = starts.to_numpy()[None, :].clip(min=lo), stops.to_numpy()[None, :].clip(max=hi)
    days = ((end - begin + day) / day).clip(min=0)
    length = ((hi - lo + day) / day)[:, 0]
    onsets = starts.dt.year.value_counts().reindex(whole["year"], fill_value=0).to_numpy()
    return whole.assign(
        onsets=onsets, under_way=(days > 0).sum(axis=1), case_years=days.sum(axis=1) / length,
        large=_large(source, events.ids, starts.dt.year.to_numpy(), whole["year"].to_numpy()),
    )  # fmt: skip


def _large(source: str, ids: tuple[str, ...], years: np.ndarray, wanted: np.ndarray) -> pd.Series:
    """Count the large onsets of each year; missing where the source codes no scale."""
    import numpy as np
    import pandas as pd

    from interventions_stats.datasets.load import load

    if source not in _SCALE:
        return pd.Series(np.nan, index=range(len(wanted)))
    table, column, least, _ = _SCALE[source]
    coded = load(table).set_index("event_id").loc[list(ids)]
    big = coded["troop_size_label"].isin(_LARGE_BANDS) if least is None else coded[column] >= least
    counts = pd.Series(years)[big.to_numpy(bool)].value_counts()
    return counts.reindex(wanted, fill_value=0).astype(float).reset_index(drop=True)
