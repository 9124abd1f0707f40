"""The figures of a result, by kind, and the plain frames they are drawn from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

from interventions_stats.assessment.monte_carlo import draws_of
from interventions_stats.assessment.sentences import why_untested
from interventions_stats.display.rounding import rounded_p
from interventions_stats.errors import unknown_name
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.assessment.result import Result
    from interventions_stats.evidence.evidence import Evidence

Kind = Literal["forest", "null", "severity", "power", "specifications", "influence"]
_TOP = math.log(30.0)  # effects beyond thirtyfold are not drawn
_Z_SUPERIORITY = 1.6448536269514722  # one-sided .05


def plot(result: Result, kind: Kind = "forest", ax: Axes | None = None) -> Axes:
    """Draw one of a result's figures.

    Parameters
    ----------
    result : Result
    kind : {"forest", "null", "severity", "power", "specifications", "influence"}
        The estimate with interval, SESOI band and frontier, per type of activity beside the pooled one; the reference
        distribution; the severity of each bound; power by effect; all registered specifications; one event left out.
    ax : Axes, optional

    Returns
    -------
    Axes
        With the plotted frame on ``ax.plotted``.  A figure whose numbers the result does not have says so.

    Raises
    ------
    UnknownNameError
        An unknown kind.
    """
    draw: dict[str, Any] = {
        "forest": _forest, "null": _null, "severity": _severity, "power": _power, "specifications": _specifications,
        "influence": _influence,
    }  # fmt: skip
    if kind not in draw:
        raise unknown_name("kind of figure", kind, get_args(Kind), where="plot()")
    return draw[kind](result, ax)


def forest_frame(result: Result) -> pd.DataFrame:
    """The pooled result and those per type, one row each, with a column ``label``."""
    import pandas as pd

    rows = [forest_row(result).assign(label=result.proposition.statement or result.proposition.id)]
    rows += [forest_row(r).assign(label=f"{kind} cases") for kind, r in result.by_type.items()]
    return pd.concat(rows, ignore_index=True)


def forest_row(result: Result) -> pd.DataFrame:
    """``result.glance()`` with the reason filled in where nothing was tested."""
    return result.glance().assign(reason=why_untested(result))


def severity_frame(e: Evidence, points: int = 101) -> pd.DataFrame:
    """Severity of the claim that the effect is below each ratio; empty without a standard error."""
    import numpy as np
    import pandas as pd

    from interventions_stats.engine.bounds.severity import severity_curve

    if e.raw is None or not math.isfinite(e.se_cal):
        return pd.DataFrame({"ratio": [], "severity": []}, dtype=float)
    top = min(_TOP, max(e.sesoi.delta or 0.5, e.estimate, 0.0) + 2.2 * e.se_cal)
    grid = np.linspace(min(0.0, max(-_TOP, e.estimate - e.se_cal)), top, points)
    return pd.DataFrame({"ratio": np.exp(grid), "severity": severity_curve(e.estimate, e.se_cal, grid).severity})


def power_frame(e: Evidence, points: int = 101) -> pd.DataFrame:
    """Power of the one-sided superiority test at .05 against each true ratio (normal, calibrated standard error)."""
    import numpy as np
    import pandas as pd
    from scipy import stats

    if e.raw is None or not math.isfinite(e.se_cal):
        return pd.DataFrame({"ratio": [], "power": []}, dtype=float)
    grid = np.linspace(0, min(_TOP, max(e.sesoi.delta or 0.5, 3.5 * e.se_cal)), points)
    return pd.DataFrame({"ratio": np.exp(grid), "power": stats.norm.cdf(grid / e.se_cal - _Z_SUPERIORITY)})


def specification_frame(result: Result) -> tuple[pd.DataFrame, list[str]]:
    """One row a registered specification, with its choices as columns, and the names of these columns."""
    import pandas as pd

    choices = [c.field for c in result.proposition.choices]
    rows = []
    for spec, e in result.robustness.specs if result.robustness is not None else ():
        row = {c: "as recorded" if v is None else v for c, v in spec.changes}
        rows.append(row | numbers_of(e) | {"primary": spec.number == 0})
    return pd.DataFrame(rows, columns=[*choices, "ratio", "low", "high", "verdict", "primary"]), choices


def influence_frame(result: Result) -> pd.DataFrame:
    """One row an event left out: ``event``, ``name``, ``ratio``, ``low``, ``high``, ``verdict``."""
    import pandas as pd

    deletions = result.robustness.deletions if result.robustness is not None else {}
    names: dict[str, str] = {}
    if result.events is not None:
        names = dict(zip(result.events.frame["event_id"], result.events.frame["name"], strict=True))
    rows = [{"event": i, "name": names.get(i)} | numbers_of(e) for i, e in deletions.items()]
    return pd.DataFrame(rows, columns=["event", "name", "ratio", "low", "high", "verdict"])


def numbers_of(e: Evidence) -> dict[str, Any]:
    """Ratio, 90% interval and core verdict of one piece of evidence."""
    return {
        "ratio": math.exp(e.estimate),
        "low": _exp(e.ci90[0]),
        "high": _exp(e.ci90[1]),
        "verdict": decide(e.numbers()).verdict,
    }


def titled(result: Result, what: str) -> str:
    """The title of a figure: what it shows, and the statement that it speaks of, with its id."""
    import textwrap

    p = result.proposition
    said = f"{p.statement.rstrip('.')} ({p.id})" if p.statement else p.id
    return "\n".join([*textwrap.wrap(said, 50), what[:1].upper() + what[1:]])


def unit(e: Evidence) -> str:
    """What the ratios of a figure are ratios of."""
    names = {
        "OR": "odds ratio",
        "RR": "rate ratio",
        "P(superiority)": "odds of superiority",
        "ratio of ORs": "ratio of odds ratios",
    }
    return names.get(e.sesoi.measure, "ratio")


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _forest(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.verdict_forest import verdict_forest

    return verdict_forest(forest_frame(result), ax, title=f"All cases and by type ({result.proposition.id})")


def _null(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.permutation_null import permutation_null

    e = result.evidence
    null: Any = [] if e.raw is None or e.raw.null is None or not math.isfinite(e.raw.observed) else e.raw.null
    note = f"p {rounded_p(e.p_superiority, 1 / math.sqrt(draws_of(e)) / 2 if draws_of(e) else 0.0)}"
    observed = e.raw.observed if e.raw is not None else math.nan
    label = "statistic under relabelling" + ("" if e.raw is None or not e.raw.exact else ", all of them")
    return permutation_null(null, observed, ax, title=titled(result, "reference distribution"), note=note, xlabel=label)


def _severity(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.severity_curve import severity_curve

    e = result.evidence
    return severity_curve(
        severity_frame(e),
        ax,
        sesoi=e.sesoi.ratio,
        title=titled(result, "severity of each bound"),
        unit=unit(e),
    )


def _power(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.power_curve import power_curve

    e = result.evidence
    mde = math.exp(e.mde) if e.mde < _TOP else None
    return power_curve(
        power_frame(e),
        ax,
        sesoi=e.sesoi.ratio,
        mde=mde,
        title=titled(result, "detectable effect"),
        unit=unit(e),
    )


def _specifications(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.specification_curve import specification_curve

    if result.robustness is None:
        return _not_run(titled(result, "registered specifications"), ax)
    frame, choices = specification_frame(result)
    title = titled(result, "registered specifications")
    e = result.evidence
    return specification_curve(frame, choices, ax, sesoi=e.sesoi.ratio, title=title, unit=unit(e))


def _not_run(title: str, ax: Axes | None) -> Axes:
    """An empty figure that says how to get a full one."""
    import pandas as pd

    from interventions_stats.display.figures.style import axes, finish, nothing

    ax = axes(ax, 1.6)
    ax.set_title(title)
    nothing(ax, "not computed: run the test with robustness=True")
    return finish(ax, pd.DataFrame())


def _influence(result: Result, ax: Axes | None) -> Axes:
    from interventions_stats.display.figures.influence import influence

    if result.robustness is None:
        return _not_run(titled(result, "one event left out"), ax)
    e = result.evidence
    ratio = math.exp(e.estimate) if e.raw is not None else math.nan
    frame = influence_frame(result)
    used = frame[~frame["event"].isin(list(e.outside))]  # leaving out what the test did not use changes nothing
    return influence(
        used, ratio, ax, sesoi=e.sesoi.ratio, verdict=decide(e.numbers()).verdict,
        title=titled(result, "one event left out"), unit=unit(e),
    )  # fmt: skip
