"""``agreement``: how far two codings of the same cases agree, in what, and on which cases they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.bounds.agreement import cohen_kappa, krippendorff_alpha
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.dates import parse_date
from interventions_stats.events.event_list import EventList
from interventions_stats.frames import as_pandas

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("case_id", "event_id", "cid", "id")  # columns that name a case, the first that both codings have
DATES = ("start", "decision", "end", "trigger_date")
CODES_OF_EVENTS = ("activity", "authority", "side_supported", "frame", "new_force", "conflict_system")
CLOSE = 31  # days


@dataclass(frozen=True, eq=False, repr=False)
class Agreement(ResultContract):
    """Agreement of two codings.

    Attributes
    ----------
    table : DataFrame
        One row a coded column: ``n``, ``agree`` (share), ``kappa``, ``kappa_se``, ``alpha``.
    dates : DataFrame
        One row a date: ``n``, ``same`` and ``close`` (shares that could be the same day, and within 31 days), ``median_days``.
    disagreements : DataFrame
        One row a case and column on which the codings differ: ``case``, ``column``, ``a``, ``b``.
    only_a, only_b : tuple of str
        Cases that one coding alone has.
    """

    table: pd.DataFrame
    dates: pd.DataFrame
    disagreements: pd.DataFrame
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    n: int = field(default=0)

    def reliability(self, column: str) -> float:
        """Krippendorff's alpha of a coded column, not below 0: the share of its variation that is not coding error.

        Raises
        ------
        UnknownNameError
            A column that was not compared.
        InputError
            Every code is the same, so that alpha does not exist.
        """
        rows = self.table.set_index("column")["alpha"]
        if column not in rows:
            raise unknown_name("column", column, rows.index, where="the agreement")
        if math.isnan(rows[column]):
            raise InputError(f"{column!r} has one code throughout, so its reliability cannot be told")
        return max(0.0, float(rows[column]))

    def onto(self, events: EventList, column: str) -> EventList:
        """Return a list whose coding confidence is the reliability of a column, which corrects its bounds (G21).

        Examples
        --------
        >>> import interventions_stats as ist
        >>> both = ist.datasets.load("decision_context")
        >>> found = ist.agreement(both[both.coder == "a"], both[both.coder == "b"], ["activity", "frame"])
        >>> found.onto(ist.load_events(), "frame").to_frame()["confidence"].unique().round(2).tolist()
        [0.77]
        """
        alpha = self.reliability(column)
        edit = f"confidence: agreement of two codings on {column}, alpha {alpha:.2f}"
        return replace(events, frame=events.frame.assign(confidence=alpha), edits=(*events.edits, edit))

    def tidy(self) -> pd.DataFrame:
        """One row a coded column, broom's columns; the estimate is kappa."""
        import pandas as pd
        from scipy import stats

        t, z = self.table, float(stats.norm.ppf(0.975))
        statistic = (t["kappa"] / t["kappa_se"]).where(t["kappa_se"] > 0)
        return pd.DataFrame({
            "term": t["column"], "estimate": t["kappa"], "std_error": t["kappa_se"], "statistic": statistic,
            "p_value": stats.norm.sf(statistic), "conf_low": t["kappa"] - z * t["kappa_se"],
            "conf_high": t["kappa"] + z * t["kappa_se"],
        })  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """One row: cases coded twice and once, and the lowest alpha."""
        import pandas as pd

        total = self.n + len(self.only_a) + len(self.only_b)
        return pd.DataFrame([{
            "n": self.n, "n_events": self.n, "n_events_total": total, "n_dropped": total - self.n,
            "estimator": "Cohen's kappa, Krippendorff's alpha", "separated": "", "seed": 0, "data_version": "",
            "lowest_alpha": self.table["alpha"].min() if len(self.table) else math.nan,
            "disagreements": len(self.disagreements),
        }])  # fmt: skip

    def summary(self) -> str:
        """Agreement by column and date, and the cases that one coding alone has."""
        from interventions_stats.display.text import frame_text, wrap

        parts = [self._heading(), *(frame_text(f, 100) for f in (self.table, self.dates) if len(f))]
        return "\n".join([*parts, *(wrap(n, 100) for n in self._notes())])

    def _heading(self) -> str:
        return f"Agreement of two codings of {self.n} cases"

    def _notes(self) -> list[str]:
        out = [f"{len(self.disagreements)} codes differ; `disagreements` lists them."]
        for name, ids in (("first", self.only_a), ("second", self.only_b)):
            if ids:
                out.append(f"In the {name} coding alone: {', '.join(ids[:10])}{' ...' if len(ids) > 10 else ''}.")
        return out

    def _references(self) -> list[str]:
        return [
            "Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement, 20(1), 37-46.",
            "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.",
        ]


def agreement(a: Any, b: Any, columns: Sequence[str] | str | None = None, *, label: str | None = None) -> Agreement:
    """Compare two codings of the same cases.

    Parameters
    ----------
    a, b : DataFrame or EventList
        One row a case, matched by its label and never by position.
    columns : str or sequence of str, optional
        Coded columns and dates to compare; default: those that both have (of lists: activity, authority, side, frame, new
        force, conflict system and the dates).
    label : str, optional
        Column that names the case; default: the first of ``case_id``, ``event_id``, ``cid``, ``id`` that both have.

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        No common label or column, a case that a coding has twice, or no case that both have.
    UnknownNameError
        A column that a coding lacks.

    References
    ----------
    Cohen (1960), Educ Psychol Meas 20:37-46. Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> both = ist.datasets.load("decision_context")
    >>> found = ist.agreement(both[both.coder == "a"], both[both.coder == "b"], "frame")
    >>> found.table[["n", "agree", "kappa"]].round(2).values.tolist()
    [[43.0, 0.84, 0.77]]
    """
    frames = [_frame(x, name) for x, name in ((a, "a"), (b, "b"))]
    key = _label(frames, label)
    first, second = (_indexed(f, key, name) for f, name in zip(frames, "ab", strict=True))
    names = _columns(columns, first, second, isinstance(a, EventList) and isinstance(b, EventList))
    shared = [i for i in first.index if i in set(second.index)]
    if not shared:
        raise InputError(f"the codings have no case in common by {key!r}")
    first, second = first.loc[shared], second.loc[shared]
    dates = [n for n in names if n in DATES]
    coded = [n for n in names if n not in DATES]
    only_a, only_b = (tuple(i for i in _indexed(f, key, "").index if i not in set(shared)) for f in frames)
    return Agreement(
        table=_of_codes(first, second, coded), dates=_of_dates(first, second, dates),
        disagreements=_differing(first, second, names), only_a=only_a, only_b=only_b, n=len(shared),
    )  # fmt: skip


def _frame(coding: Any, name: str) -> pd.DataFrame:
    if isinstance(coding, EventList):
        return coding.to_frame()
    return as_pandas(coding, f"coding {name}")


def _label(frames: list[pd.DataFrame], label: str | None) -> str:
    wanted = [label] if label is not None else list(LABELS)
    found = next((c for c in wanted if all(c in f for f in frames)), None)
    if found is None:
        said = f"the column {label!r}" if label is not None else f"a column that names the case ({', '.join(LABELS)})"
        raise InputError(f"both codings need {said}; give label=")
    return found


def _indexed(frame: pd.DataFrame, key: str, name: str) -> pd.DataFrame:
    ids = frame[key].astype(str)
    if twice := ids[ids.duplicated()].unique().tolist():
        raise InputError(f"coding {name} has {', '.join(twice[:5])} more than once; one row a case")
    return frame.set_index(ids)


def _columns(asked: Sequence[str] | str | None, a: pd.DataFrame, b: pd.DataFrame, lists: bool) -> list[str]:
    if asked is not None:
        names = [asked] if isinstance(asked, str) else list(asked)
        if not names:
            raise InputError("columns= names at least one column to compare")
        for name in names:
            for which, frame in (("a", a), ("b", b)):
                if name not in frame:
                    raise unknown_name("column", name, frame.columns, where=f"coding {which}")
        return names
    both = [c for c in a.columns if c in b and c not in (*LABELS, "coder")]
    names = [c for c in both if not lists or c in (*CODES_OF_EVENTS, *DATES)]
    if not names:
        raise InputError("the codings have no column in common to compare; give columns=")
    return names


def _codes(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if v is None or v != v or v == "" else v for v in frame[name].astype(object)]


def _of_codes(a: pd.DataFrame, b: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for name in names:
        x, y = _codes(a, name), _codes(b, name)
        if all(u is None or v is None for u, v in zip(x, y, strict=True)):
            rows.append((name, 0, *[math.nan] * 4))
            continue
        k = cohen_kappa(x, y)
        rows.append((name, k.n, k.observed, k.kappa, k.se, krippendorff_alpha([x, y])))
    return pd.DataFrame(rows, columns=["column", "n", "agree", "kappa", "kappa_se", "alpha"])


def _of_dates(a: pd.DataFrame, b: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for name in names:
        gaps = [
            _gap(x, y) for x, y in zip(_codes(a, name), _codes(b, name), strict=True) if x is not None and y is not None
        ]
        if gaps:
            shares = (sum(g == 0 for g in gaps) / len(gaps), sum(g <= CLOSE for g in gaps) / len(gaps))
            rows.append((name, len(gaps), *shares, float(pd.Series(gaps).median())))
    return pd.DataFrame(rows, columns=["date", "n", "same", "close", "median_days"])


def _gap(x: Any, y: Any) -> int:
    """Fewest days between two dates, each as precise as it is: 1992-07 and 1992-07-14 may be one day."""
    one, two = parse_date(x), parse_date(y)
    assert one.first and one.last and two.first and two.last  # open cells were left out
    return max(0, (one.first - two.last).days, (two.first - one.last).days)


def _differing(a: pd.DataFrame, b: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    from interventions_stats.display.readable import ReadableFrame

    rows = []
    for name in names:
        for case, x, y in zip(a.index, _codes(a, name), _codes(b, name), strict=True):
            if x is None or y is None:
                continue
            if (_gap(x, y) > 0) if name in DATES else x != y:
                rows.append((case, name, x, y))
    return ReadableFrame(rows, columns=["case", "column", "a", "b"])
