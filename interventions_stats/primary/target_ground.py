"""What a test over target-years keeps of its rows, whatever the events: exposures, residuals and where each row lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.options import Bools, Floats, Ints
from interventions_stats.panels.build import exposure
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.null_design import NullDesign, panel_design
from interventions_stats.primary.question import Question, Statement, terms_of
from interventions_stats.primary.raw import NOTHING, CannotRun
from interventions_stats.primary.residuals import own_residuals
from interventions_stats.primary.shared_panel import PanelBase
from interventions_stats.primary.strata import contrasted, stratum_dummies, within_each

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class TargetGround:
    """Target-years on which every term is measured, target by target.

    Attributes
    ----------
    frame : DataFrame
        The rows, without the events.
    kept : (n,) array of int
        Their positions among the rows of the panel.
    labels : dict of str to (n,) array
        ``target_ccode``, ``year`` and ``leader``.
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
    key = ("targets", between, question.lead, prop.counter_exposure)
    if key not in base.grounds:
        base.grounds[key] = _ground(question, base, between)
    found: TargetGround = base.grounds[key]
    return found


def _ground(question: Question, base: PanelBase, between: bool) -> TargetGround:
    prop, frame = question.proposition, base.frame
    columns = [str(parse_term(t)) for t in terms_of(prop)]
    if question.lead:  # the exposure after onset takes the place of the one before, which stays as a control
        term = parse_term(prop.exposure)
        ahead = exposure(frame, term, question.events.actor, prop.unit, -question.lead, question.series)
        frame = frame.assign(before=frame[columns[0]], **{columns[0]: ahead})
        columns = [*columns, "before"]
    keep = np.flatnonzero(frame[columns].notna().all(axis=1).to_numpy())
    if not len(keep):
        raise CannotRun(NOTHING)
    keep = keep[np.lexsort((frame["year"].to_numpy()[keep], frame["target_ccode"].to_numpy()[keep]))]
    used = frame.iloc[keep].reset_index(drop=True)
    units, years = used["target_ccode"].to_numpy(), used["year"].to_numpy(int)
    raw, raw_controls = _exposures(prop, used), _controls(prop, used)
    x, controls = raw, raw_controls
    if not between:
        x, controls = (own_residuals(c, units, years) for c in (raw, raw_controls))
    tested, beside = contrasted(x, controls)
    leaders = used["leader"].fillna("unrecorded").to_numpy(object)
    stratum = np.unique(years if between else units, return_inverse=True)[1]
    return TargetGround(
        frame=used, kept=keep, labels={"target_ccode": units, "year": years, "leader": leaders},
        stratum=stratum, varies=_varies(contrasted(raw, controls)[0], stratum), columns=np.column_stack([x, controls]), moved=_net(tested, beside), beside=beside,
        design=panel_design(units, years, np.ones(len(used)), raw, raw_controls, between_units=between),
        grid=(np.unique(units, return_inverse=True)[1], years - years.min()), leaders=stratum_dummies(leaders),
    )  # fmt: skip


def _exposures(prop: Statement, used: pd.DataFrame) -> Floats:
    """Oriented exposures (rows, 1 or 2): 0/1 as they are, others per within-year SD, one for both parts of a variable."""
    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    columns = [used[str(parse_term(term))].to_numpy(float) for term in terms]
    scaled = within_each(columns, used["year"].to_numpy(), terms)
    return np.column_stack([c if np.isin(c, (0.0, 1.0)).all() else x for c, x in zip(columns, scaled.T, strict=True)])


def _controls(prop: Statement, used: pd.DataFrame) -> Floats:
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
