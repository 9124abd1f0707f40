"""How the tests work and what they cannot say: paragraphs for a paper and sections for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.rules.absence import require_bounded

if TYPE_CHECKING:
    from interventions_stats.replication.run import Report

_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("One primary test each", (
        "Every proposition names one test, its sample, its lag, its smallest effect of interest and the alternatives to be tried. "
        "The whole is hashed; any change of it changes the hash printed with the result. All other specifications are "
        "robustness and can only weaken a verdict.",
    )),
    ("What is compared with what", (
        "Interventions and exposures both change with leaders and with time. Where approval was low and interventions were many "
        "under one president, and the reverse under the next, pooling the two manufactures a relation. Comparisons are therefore "
        "made within a leader, a target or a year: the history of the exposure is shifted against the onsets inside each, and the "
        "observed statistic is held against all such shifts. Where exposure and onsets both trend, the trend is taken out first.",
        "Exposures are measured before onset. Support at the moment of an intervention is lifted by it, so a comparison at lag "
        "zero is refused, and months in a rally's wake are masked as a check.",
    )),
    ("From a test to a bound", (
        "The effect comes from a penalised, exact or conditional estimator; its standard error is multiplied by the square root of "
        "the design effect of the shifts. The upper end of the 90% interval is the dismissal frontier: the largest effect that the "
        "data have not rejected. Beside it stands the smallest effect that the test would have found with 80% power.",
    )),
    ("Verdicts", (
        "A verdict asks several conditions at once: p-values against an effect of zero and against the effect of interest, "
        "Bayes factors over a range of priors, agreement of the registered specifications and of several event lists, the "
        "deletion of each event, and falsifiers. A large p-value decides nothing. A driver is supported if one of its propositions "
        "is, after Holm's adjustment, and dismissed only if every testable one is.",
        "Claims that describe a list are counted over every registered list and coding: they hold on all, on some or on none.",
    )),
    ("Limits", (
        "With some 25 events only large effects can be dismissed: with a design effect of 1.5, about an odds ratio of 1.8 per "
        "standard deviation, and of 2.2 to 2.6 with the ten onsets of one presidency. An inconclusive verdict says that the data "
        "could not tell, and is common here.",
        "The list of events is a reconstruction from public sources. What counts as one intervention is a choice, and several "
        "claims turn on it. Errors in dates and cases draw estimates toward one, so frontiers should be read together with the "
        "reliability of the coding.",
        "Association within strata is not proof of cause: leaders decide with information that no series holds. Forecasts "
        "beyond the sample are scored and never tested. What was said, believed or ought to be done is outside these data.",
    )),
)  # fmt: skip


def method_sections() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Headings with paragraphs: how the tests work and what limits them."""
    return _SECTIONS


def methods_text(report: Report) -> str:
    """A methods section ready to paste: design, rules, one sentence a proposition, the claims, data and software.

    Raises
    ------
    RefusalError
        G22, should a sentence deny an effect without a bound.
    """
    from interventions_stats.assessment.sentences import methods_text as paragraphs

    parts = [paragraphs(report.battery, report.seed, report.versions), _claims(report), _data(report)]
    return require_bounded("\n\n".join(p for p in parts if p))


def _claims(report: Report) -> str:
    if not report.by_claim:
        return ""
    agreement = report.claims["agreement"].value_counts()
    said = ", ".join(f"{n} {str(name).replace('not testable', 'could not be tested')}" for name, n in agreement.items())
    return (
        f"Of the {len(report.by_claim)} claims of the study, the verdicts compare with its reading as follows: {said}."
    )


def _data(report: Report) -> str:
    tables = sorted({t for r in report.battery.results.values() for t in r.proposition.needs})
    return (
        f"Data: derived tables of interventions_stats, version {report.versions.get('data', '?')} ({', '.join(tables)}); the "
        "producers to cite for each are printed by `interventions-stats cite`."
    )
