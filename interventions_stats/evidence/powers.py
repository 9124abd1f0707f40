"""Primary tests across states: a power's exposure against the disputes it starts, within the power."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.permutation.design_effect import calibrating_effect
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.evidence.residuals import own_residuals
from interventions_stats.evidence.strata import contrasted, within, within_each
from interventions_stats.panels.terms import parse_term
from interventions_stats.rules import guards

if TYPE_CHECKING:
    import pandas as pd


def powers_test(prop: Proposition, *, draws: int, seed: int, lead: int = 0, without: int | None = None) -> Raw:
    """Shift each power's exposure against its own onsets, year means taken out; conditional logit within the power.

    Powers weigh in the year means as they have onsets.  A few start most disputes; where years of many disputes are shared,
    plain year means leave these powers' excess over the average one, and with onsets redrawn in a shared calendar the test
    over all states rejected in 8 to 10% of null histories at a nominal 5%.

    An onset year is one in which the power, as an originator, begins a dispute in which it uses force (COW MID
    hostility 4 or 5); other outcomes are interventions in IMI and entries into UCDP conflicts.  ``without`` leaves the
    power of that COW code out.
    """
    from interventions_stats.engine.models.conditional_logit import conditional_logit
    from interventions_stats.engine.permutation.two_way import two_way_shift_test
    from interventions_stats.panels.powers import power_years

    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    frame = power_years(prop.targets, terms, outcome=prop.outcome, lag=prop.lag, start=prop.start, end=prop.end)
    columns = [str(parse_term(t)) for t in terms]
    controls: list[str] = []
    if lead:  # the exposure after onset takes the place of the one before, which stays as a control
        ahead = power_years(prop.targets, terms[:1], outcome=prop.outcome, lag=-lead, start=prop.start, end=prop.end)[
            columns[0]
        ]
        frame = frame.assign(before=frame[columns[0]], **{columns[0]: ahead})
        controls = ["before"]
    frame = frame if without is None else frame[frame["ccode"] != without]
    used = frame[frame[columns + controls].notna().all(axis=1)].reset_index(drop=True)
    lost = int(frame["onsets"].sum() - used["onsets"].sum())
    outside = {f"{lost} onsets": "the exposure is not measured for the power and year"} if lost else {}
    if not used["onsets"].sum():
        raise CannotRun("no onset falls where the exposure is measured", (), outside)
    strata = used["ccode"].to_numpy()
    # The shift moves an exposure net of year means and of the power's own trend; the regression takes the same residuals.
    years = used["year"].to_numpy()
    scaled = within_each([used[c].to_numpy(float) for c in columns], strata, terms)
    z = own_residuals(
        np.column_stack([scaled, *(within(used[c].to_numpy(float), strata) for c in controls)]), strata, years,
        used["onsets"].to_numpy(float),
    )  # fmt: skip
    tested, rest = contrasted(z[:, : len(columns)], z[:, len(columns) :])
    grid = _grid(used, tested)
    beside = np.array([_grid(used, c)[0] for c in rest.T]) if rest.size else None
    null = two_way_shift_test(*grid[:2], risk=grid[2], controls=beside, weight_units=True, draws=draws, seed=seed)
    fit = conditional_logit(y=used["onset"].to_numpy(float), X=z, strata=strata, firth=True)
    if len(columns) == 2:
        estimate = float(fit.params[0] - fit.params[1])
        se = float(np.sqrt(fit.cov[0, 0] + fit.cov[1, 1] - 2 * fit.cov[0, 1]))
    else:
        estimate, se = float(fit.params[0]), float(fit.bse[0])
    # the regression counts onset years, the shift onsets
    deff = float(calibrating_effect(int(used["onset"].sum()), null.null_sd, null.met))
    findings = [guards.g09_design_effect(deff, handled=True), guards.g11_clusters(len(np.unique(strata)), handled=True)]
    return Raw(
        estimate=estimate, se=se, deff=deff, p_superiority=null.p_greater, p_reverse=null.p_less,
        p_two_sided=null.p_two_sided, n_rows=len(used), n_events=int(used["onsets"].sum()),
        n_identifying=int(used["onsets"].sum()), n_total=int(frame["onsets"].sum()), scale_label="odds ratio per within-power SD"
        if len(columns) == 1 else "ratio of odds ratios", scheme=null.scheme, exact=null.exact, null=null.null,
        observed=null.statistic, outside=outside,
        findings=tuple(f for f in findings if f is not None),
        details={"powers": len(np.unique(strata)), "onset_years": int(used["onset"].sum()),
                 "by_onsets": [int(c) for c in used.groupby("ccode")["onsets"].sum().sort_values(ascending=False).index]},
    )  # fmt: skip


def _grid(used: pd.DataFrame, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    actors, rows = np.unique(used["ccode"].to_numpy(), return_inverse=True)
    first = int(used["year"].min())
    columns = used["year"].to_numpy(int) - first
    exposure = np.full((len(actors), columns.max() + 1), np.nan)
    onsets = np.zeros(exposure.shape, int)
    exposure[rows, columns], onsets[rows, columns] = x, used["onsets"].to_numpy(int)
    return exposure, onsets, np.isfinite(exposure)
