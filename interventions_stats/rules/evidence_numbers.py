"""The plain numbers that a verdict is read off: one test's evidence, and how it fares under other choices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.formatting import MEASURES, Measure, missing
from interventions_stats.rules.guard_registry import GuardFinding

VerdictName = Literal[
    "not_testable",
    "descriptive",
    "supported",
    "supported_trivial",
    "reversed",
    "dismissed",
    "bounded",
    "inconclusive_underpowered",
    "inconclusive_mixed",
]

VERDICTS: tuple[VerdictName, ...] = (
    "not_testable",
    "descriptive",
    "supported",
    "supported_trivial",
    "reversed",
    "dismissed",
    "bounded",
    "inconclusive_underpowered",
    "inconclusive_mixed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNumbers:
    """What one test of one proposition found.  A number that was not computed is NaN or None.

    Effects are on the log scale (logit of P(superiority) for ranks), oriented
    so that theory predicts a value above 0.

    Attributes
    ----------
    estimate, se : float
        Estimate and its calibrated standard error.
    p_superiority, p_noninferiority, p_reverse : float
        One-sided p-values for the hypotheses theta <= 0, theta >= delta and
        theta >= 0.  In a two-sided proposition ``p_superiority`` is the p of
        the maximum of the absolute statistic.
    p_superiority_holm, p_reverse_holm : float or None, default None
        The same after Holm over the driver's family; None says that the
        family has one member, so that the unadjusted p is used.
    bf10 : tuple of 3 floats
        Bayes factor for an effect under priors of scale delta/2, delta, 2 delta
        (half-normal, or normal in a two-sided proposition).
    bf_reverse : float
        Bayes factor for theta < 0 against theta > 0.
    upper : float
        One-sided 95% upper bound: the dismissal frontier.
    lower : float, default NaN
        One-sided 95% lower bound.
    delta : float or None
        The SESOI; None when the claim has none.
    mde : float
        Smallest effect that the test detects with 80% power at one-sided .05.
    n_events, n_events_total : int
        Onsets that the panel kept, and onsets in the list.
    n_identifying : int
        Onsets in strata whose exposure varies.
    two_sided : bool, default False
        The sign is not predicted: TOST, and never ``reversed``.
    has_sesoi : bool, default True
        Without one the verdict is supported, inconclusive or descriptive.
    p_tost : float or None, default None
        Larger p of the two one-sided equivalence tests, for two-sided propositions.
    refused : tuple of GuardFinding, default ()
        Guards that refused; findings that only warn or cap may be among them.
    missing : str or None, default None
        The table or the coding that is lacking.
    frozen_untestable : str or None, default None
        Why the proposition was registered as not testable before the data.
    attainable : (float, float), default (0, 0)
        Smallest p of superiority and of the reverse that the test can give; a tail that cannot reach .05 withholds its verdict.
    measure : {"OR", "RR", "ratio of ORs", "P(superiority)", "ratio"}, default "OR"
        What the exponentiated effect is called in sentences.

    Raises
    ------
    InputError
        A p-value outside [0, 1], a negative Bayes factor, standard error or
        count, a SESOI that is not above 0, or bounds in the wrong order.
    """

    estimate: float
    se: float
    p_superiority: float
    p_noninferiority: float
    p_reverse: float
    bf10: tuple[float, float, float]
    bf_reverse: float
    upper: float
    delta: float | None
    mde: float
    n_events: int
    n_events_total: int
    n_identifying: int
    p_superiority_holm: float | None = None
    p_reverse_holm: float | None = None
    lower: float = math.nan
    two_sided: bool = False
    has_sesoi: bool = True
    p_tost: float | None = None
    refused: tuple[GuardFinding, ...] = ()
    missing: str | None = None
    frozen_untestable: str | None = None
    attainable: tuple[float, float] = (0.0, 0.0)
    measure: Measure = "OR"

    def __post_init__(self) -> None:
        for name in (
            "p_superiority",
            "p_noninferiority",
            "p_reverse",
            "p_superiority_holm",
            "p_reverse_holm",
            "p_tost",
        ):
            _check_range(name, getattr(self, name), 0, 1)
        if len(self.bf10) != 3:
            raise InputError(
                f"bf10 has {len(self.bf10)} values: give three, for prior scales delta/2, delta and 2 delta."
            )
        for bf in (*self.bf10, self.bf_reverse):
            _check_range("bf10 and bf_reverse (ratios, not logarithms)", bf, 0, math.inf)
        for name in ("se", "mde", "n_events", "n_events_total", "n_identifying"):
            _check_range(name, getattr(self, name), 0, math.inf)
        if self.has_sesoi and not missing(self.delta) and not self.delta > 0:  # type: ignore[operator]
            raise InputError(f"delta={self.delta} is not above 0: give the log of the SESOI's ratio.")
        if self.lower > self.upper:
            raise InputError(f"lower={self.lower} lies above upper={self.upper}: give the bounds in order.")
        if self.measure not in MEASURES:
            raise unknown_name("measure", self.measure, MEASURES, where="EvidenceNumbers")

    @property
    def p_supported(self) -> float:
        """p of superiority as the verdict reads it, Holm-adjusted where there is a family."""
        return self.p_superiority if self.p_superiority_holm is None else self.p_superiority_holm

    @property
    def p_reversed(self) -> float:
        """p of the reverse as the verdict reads it, Holm-adjusted where there is a family."""
        return self.p_reverse if self.p_reverse_holm is None else self.p_reverse_holm

    @property
    def p_dismissed(self) -> float:
        """p of the dismissal test: non-inferiority, or TOST in a two-sided proposition."""
        if self.two_sided:
            return math.nan if self.p_tost is None else self.p_tost
        return self.p_noninferiority

    @property
    def sesoi_exists(self) -> bool:
        """Whether a dismissal has something to refer to."""
        return self.has_sesoi and not missing(self.delta)

    @property
    def trivial(self) -> bool:
        """Whether every effect that the data have not rejected is below the SESOI."""
        if not self.sesoi_exists or self.delta is None:
            return False
        below = self.upper < self.delta
        return below and self.lower > -self.delta if self.two_sided else below


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """The same test on one registered event list.

    ``p_noninferiority`` is the p of TOST where the proposition is two-sided.
    """

    name: str
    n_identifying: int
    p_noninferiority: float
    verdict: VerdictName

    def __post_init__(self) -> None:
        _check_range(f"n_identifying of list {self.name!r}", self.n_identifying, 0, math.inf)
        _check_range(f"p_noninferiority of list {self.name!r}", self.p_noninferiority, 0, 1)
        if self.verdict not in VERDICTS:
            raise unknown_name("verdict", self.verdict, VERDICTS, where=f"the outcome of list {self.name!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessSummary:
    """The same proposition under the other registered choices.

    Attributes
    ----------
    n_specs : int
        Registered specifications that were run, the primary one among them; 0 says that none was.
    share_same_sign : float
        Share of them whose estimate has the primary's sign.
    specs_supported : int
        How many are ``supported`` by the core rule.
    n_specs_powered : int
        How many have a smallest detectable effect of at most delta.
    share_dismissing : float
        Share of *those* with a non-inferiority p of at most .05.
    lists : tuple of ListOutcome
        Every registered event list on which the test ran, the primary one among them.
    worst_deletion_p : float or None
        Largest non-inferiority p over deletions of a single event; None when not run.
    falsifiers_failed : tuple of str
        Names of the falsifiers that failed.
    falsifiers_run : int
    planted_recovered : bool or None
        Whether an effect planted in these data was found again; None when not run.
    deletion_flips, list_flips : bool
        Whether the deletion of one event, or another list, changes the core verdict.
    calibrated : bool or None, default None
        Whether p-values come from a permutation whose size was checked.
    """

    n_specs: int = 0
    share_same_sign: float = math.nan
    specs_supported: int = 0
    share_dismissing: float = math.nan
    n_specs_powered: int = 0
    lists: tuple[ListOutcome, ...] = ()
    worst_deletion_p: float | None = None
    falsifiers_failed: tuple[str, ...] = ()
    falsifiers_run: int = 0
    planted_recovered: bool | None = None
    deletion_flips: bool = False
    list_flips: bool = False
    calibrated: bool | None = None

    def __post_init__(self) -> None:
        for name in ("share_same_sign", "share_dismissing", "worst_deletion_p"):
            _check_range(name, getattr(self, name), 0, 1)
        for name in ("n_specs", "specs_supported", "n_specs_powered", "falsifiers_run"):
            _check_range(name, getattr(self, name), 0, math.inf)
        for name in ("specs_supported", "n_specs_powered"):
            if getattr(self, name) > self.n_specs:
                raise InputError(
                    f"{name}={getattr(self, name)} exceeds n_specs={self.n_specs}: count the same specifications."
                )
        if len(self.falsifiers_failed) > self.falsifiers_run:
            raise InputError(
                f"{len(self.falsifiers_failed)} falsifiers failed out of falsifiers_run={self.falsifiers_run}."
            )
        names = [outcome.name for outcome in self.lists]
        if len(set(names)) < len(names):
            raise InputError(f"an event list occurs twice among {names}: give each list once.")


def _check_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is None or math.isnan(value):
        return
    slack = 1e-9  # sums of exact probabilities may pass 1 by rounding
    if not low - slack <= value <= high + slack:
        bounds = f"[{low}, {high}]" if math.isfinite(high) else "0 and above"
        raise InputError(f"{name}={value} lies outside {bounds}.")
