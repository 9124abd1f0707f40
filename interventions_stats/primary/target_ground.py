"""What a test over target-years keeps of its rows, whatever the events: exposures, residuals and where each row lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.options import Bools, Floats, Ints
from interventions_stats.events.actors import Actor, registry
from interventions_stats.panels.actor_target_year import group_for
from interventions_stats.panels.build import exposure
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.null_design import NullDesign, panel_design
from interventions_stats.primary.question import Question, Statement, terms_of
from interventions_stats.primary.raw import NOTHING, CannotRun
from interventions_stats.primary.residuals import own_residuals
from interventions_stats.primary.shared_panel import PanelBase
from interventions_stats.primary.strata import contrasted, stratum_dummies, within, within_each

if TYPE_CHECKING:
    import pandas as pd

YEAR_AND_REGION = "year and region"


@dataclass(frozen=True, slots=True, eq=False)
class TargetGround:
    """Target-years on which every term is measured, target by target.

    Attributes
    ----------
    frame : DataFrame
        The rows, without the events.
    kept : (n,) array of int
        Their positions among the rows of the panel.
    alone : (k,) array of int
        Positions of rows without another target in their stratum, which a comparison of targets leaves out.
    labels : dict of str to (n,) array
        ``target_ccode``, ``year``, ``leader`` and ``stratum``, within which targets are compared.
    stratum, varies : (n,) array of int, (strata,) array of bool
        Stratum within which each row is compared (its target, or its year), and whether the exposure varies there.
    columns : (n, k) array
        What the regression takes: exposures, then controls.
    moved, beside : (n,), (n, k) arrays
        What the null moves, controls taken out, and those controls.
    design : NullDesign
        Its counts are to be put in.
    grid : (n,), (n,) arrays of int
        Target and year of each row in a matrix of targets and years.
    """

    frame: pd.DataFrame = field(repr=False)
    kept: Ints = field(repr=False)
    alone: Ints = field(repr=False)
    labels: dict[str, np.ndarray] = field(repr=False)
    stratum: Ints = field(repr=False)
    varies: np.ndarray = field(repr=False)
    columns: Floats = field(repr=False)
    moved: Floats = field(repr=False)
    beside: Floats = field(repr=False)
    design: NullDesign = field(repr=False)
    grid: tuple[Ints, Ints] = field(repr=False)
    leaders: Floats = field(repr=False)

    def identifying(self, counts: Floats) -> int:
        """Onsets in strata whose exposure varies."""
        return int(np.bincount(self.stratum, counts, minlength=len(self.varies))[self.varies].sum())

    def lay_on_grid(self, counts: Floats) -> tuple[Floats, Ints, Bools, Floats | None]:
        """Matrices of targets and years: what is moved, onsets, which cells are rows, and the controls beside."""
        shape = tuple(int(at.max()) + 1 for at in self.grid)
        exposures, onsets = np.full(shape, np.nan), np.zeros(shape, int)
        exposures[self.grid], onsets[self.grid] = self.moved, counts
        beside = np.full((self.beside.shape[1], *shape), np.nan)
        for laid, column in zip(beside, self.beside.T, strict=True):
            laid[self.grid] = column
        return exposures, onsets, np.isfinite(exposures), beside if len(beside) else None


def target_ground(question: Question, base: PanelBase, *, between: bool) -> TargetGround:
    """Return the ground of a question, kept with the rows of its panel."""
    prop = question.proposition
    key = ("targets", between, prop.strata, question.lead, prop.counter_exposure)
    if key not in base.grounds:
        base.grounds[key] = _ground(question, base, between)
    found: TargetGround = base.grounds[key]
    return found


def measured(question: Question, base: PanelBase) -> tuple[pd.DataFrame, Ints]:
    """Rows on which every term is measured, target by target, and their positions among the rows of the panel.

    For a lead the exposure after onset takes the place of the one before, which stays as the control ``before``.
    """
    prop, frame = question.proposition, base.frame
    columns = [str(parse_term(t)) for t in terms_of(prop)]
    if question.lead:
        term = parse_term(prop.exposure)
        ahead = exposure(frame, term, question.events.actor, prop.unit, -question.lead, question.series)
        frame = frame.assign(before=frame[columns[0]], **{columns[0]: ahead})
        columns = [*columns, "before"]
    keep = np.flatnonzero(frame[columns].notna().all(axis=1).to_numpy())
    if not len(keep):
        raise CannotRun(NOTHING)
    keep = keep[np.lexsort((ordinals(frame)[keep], frame["target_ccode"].to_numpy()[keep]))]
    return frame.iloc[keep].reset_index(drop=True), keep


def ordinals(frame: pd.DataFrame) -> Ints:
    """Period of each row of a target panel: its month where it has one, else its year."""
    return np.asarray(frame["period"].array.asi8 if "period" in frame else frame["year"].to_numpy(int))


def _ground(question: Question, base: PanelBase, between: bool) -> TargetGround:
    prop = question.proposition
    used, keep = measured(question, base)
    strata = _strata(question, used)
    lonely = np.bincount(strata, minlength=1)[strata] == 1 if between else np.zeros(len(used), bool)
    used, keep, strata, alone = used[~lonely].reset_index(drop=True), keep[~lonely], strata[~lonely], keep[lonely]
    units, years = used["target_ccode"].to_numpy(), used["year"].to_numpy(int)
    raw, raw_controls = exposures_of(prop, used, strata), controls_of(prop, used)
    x, controls = raw, raw_controls
    if not between:
        x, controls = (own_residuals(c, units, years) for c in (raw, raw_controls))
    else:
        controls = raw_controls = np.column_stack(
            [within(c, strata, scale=False) for c in raw_controls.T] or [np.empty((len(used), 0))]
        )
    tested, beside = contrasted(x, controls)
    leaders = used["leader"].fillna("unrecorded").to_numpy(object)
    stratum = np.unique(strata if between else units, return_inverse=True)[1]
    return TargetGround(
        frame=used, kept=keep, alone=alone, stratum=stratum, varies=_varies(contrasted(raw, controls)[0], stratum),
        labels={"target_ccode": units, "year": years, "leader": leaders, "stratum": strata},
        columns=np.column_stack([x, controls]), moved=_net(tested, beside), beside=beside,
        design=panel_design(units, strata, np.ones(len(used)), raw, raw_controls, between_units=between),
        grid=(np.unique(units, return_inverse=True)[1], strata - strata.min()), leaders=stratum_dummies(leaders),
    )  # fmt: skip


def _strata(question: Question, used: pd.DataFrame) -> Ints:
    """Number of each row's stratum: its year, or its year among the targets of the home region and apart from them.

    Strata of one side follow each other year by year, so that the time between two rows of a target stays what it was.
    """
    years = used["year"].to_numpy(int)
    strata = years - years.min()
    if question.proposition.strata != YEAR_AND_REGION:
        return strata
    return np.asarray(strata + (int(strata.max()) + 1) * at_home(question.events.actor, used))


def at_home(who: Actor, frame: pd.DataFrame) -> Ints:
    """1 for targets in the actor's home region (for Russia the post-Soviet states), 0 for others."""
    if group_for("post_soviet", who) == "post_soviet":
        return (frame["post_soviet"].to_numpy() == 1).astype(int)
    known = registry()
    return np.array([known[c].region == who.region for c in frame["target_ccode"]], int)


def exposures_of(prop: Statement, used: pd.DataFrame, strata: Ints) -> Floats:
    """Oriented exposures (rows, 1 or 2): 0/1 as they are, others per SD within strata, one for both parts of a variable."""
    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    columns = [used[str(parse_term(term))].to_numpy(float) for term in terms]
    scaled = within_each(columns, strata, terms)
    return np.column_stack([c if np.isin(c, (0.0, 1.0)).all() else x for c, x in zip(columns, scaled.T, strict=True)])


def controls_of(prop: Statement, used: pd.DataFrame) -> Floats:
    """Confounders, and for a lead the exposure before onset: (rows, any number of columns)."""
    names = [str(parse_term(c.name)) for c in prop.controls if c.role == "confounder"]
    columns = [used[c].to_numpy(float) for c in (*names, *(["before"] if "before" in used else []))]
    return np.column_stack(columns) if columns else np.empty((len(used), 0))


def _varies(x: Floats, stratum: Ints) -> np.ndarray:
    """Whether ``x`` varies in each stratum."""
    low, high = np.full(int(stratum.max()) + 1, np.inf), np.full(int(stratum.max()) + 1, -np.inf)
    np.minimum.at(low, stratum, x)
    np.maximum.at(high, stratum, x)
    return high > low


def _net(x: Floats, controls: Floats) -> Floats:
    """Part of ``x`` that the controls leave, so that the null tests only that."""
    Z = np.column_stack([np.ones(len(x)), controls])
    return np.asarray(x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0])
