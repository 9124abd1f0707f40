"""What every primary test returns before it is calibrated, and how a test says that it cannot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from interventions_stats.rules.guards import GuardFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Numbers of one primary test.

    Attributes
    ----------
    estimate, se : float
        Effect on the log scale and its standard error before calibration.
    deff : float
        Design effect of the shift statistic, at least 1.
    p_superiority, p_reverse : float
        One-sided p from the randomisation (or exact) null; ``p_two_sided`` by the larger absolute statistic.
    p_noninferiority, intervals : optional
        Exact versions, where the likelihood allows: p of theta >= delta as a function of delta, and intervals by level.
    p_equivalence : callable, optional
        Exact p of abs(theta) >= delta as a function of delta, the larger of its two sides.
    log_likelihood : callable, optional
        Exact log likelihood of the effect, for Bayes factors of counts; dropped once they are computed.
    mde : float, optional
        Log ratio that superiority at .05 finds with 80% power, from the law of the test itself.
    attainable : (float, float)
        Smallest p of superiority and of the reverse that any outcome could have given; 0 where it was not worked out.
    untestable : str, optional
        Why these numbers carry no verdict.
    null : ndarray or None
        Reference distribution of the statistic; ``observed`` its value in the data.
    n_rows, n_events, n_identifying : int
        Rows used; events placed on them; events in strata that identify the effect.
    n_total : int, optional
        Events there were, for a test that brings its own events in place of the list's.
    outside : dict
        Events that the test could not use, with the reason.
    """

    estimate: float
    se: float
    deff: float
    p_superiority: float
    p_reverse: float
    p_two_sided: float
    n_rows: int
    n_events: int
    n_identifying: int
    n_total: int | None = None
    scale_label: str
    scheme: str
    exact: bool = False
    p_noninferiority: Callable[[float], float] | None = None
    p_equivalence: Callable[[float], float] | None = None
    intervals: dict[float, tuple[float, float]] = field(default_factory=dict)
    mde: float | None = None
    attainable: tuple[float, float] = (0.0, 0.0)
    untestable: str | None = None
    log_likelihood: Callable[[np.ndarray], np.ndarray] | None = None
    null: np.ndarray | None = None
    observed: float = float("nan")
    outside: dict[str, str] = field(default_factory=dict)
    findings: tuple[GuardFinding, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


NOTHING = "no onset falls where the exposure is measured"


class CannotRun(Exception):
    """A proposition met data on which its test is not defined; the reason becomes ``not_testable``."""

    def __init__(self, reason: str, findings: tuple = (), outside: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason, self.findings, self.outside = reason, findings, outside or {}
