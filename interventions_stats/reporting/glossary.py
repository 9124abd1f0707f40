"""``glossary``: the terms that results, tables and figures use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd

_STATISTICS: tuple[tuple[str, str], ...] = (
    ("actor", "The state whose interventions are studied."),
    ("Bayes factor (BF10)", "How much better the data are predicted by an effect than by none; the effect has a half-normal prior whose "
     "scale is the smallest effect of interest. It is given for half and twice that scale as well. BF01 is its inverse."),
    ("calibrated standard error", "The estimator's standard error times the square root of the design effect. Intervals, bounds and Bayes "
     "factors use it."),
    ("census", "A claim that describes a list, judged by counting over every registered list and coding, with nothing inferred."),
    ("claim", "A statement of the study, in our words; it is answered by a proposition, a driver or a census."),
    ("conflict system", "Several interventions in one conflict, counted as one; reopened after five quiet years."),
    ("core verdict", "The verdict on one test alone, before other specifications, lists and deletions are asked."),
    ("design effect", "How much larger the variance of the shift statistic is than for independent periods; at least one."),
    ("direction", "Exposures are oriented so that the driver predicts a ratio above one; low approval enters as minus approval."),
    ("driver", "A theory of what leads to intervention, with its propositions."),
    ("event list", "One definition of an intervention with the cases it yields."),
    ("exposure", "What a driver holds to lead to intervention, measured before onset."),
    ("falsifier", "A test that should come out empty if the driver is what the primary test found; it fails when it does not."),
    ("frontier", "Dismissal frontier: the largest effect that the data have not rejected, the one-sided 95% upper bound."),
    ("guard", "A rule in code against a known trap; it warns, caps the verdict or the grade, or refuses. See G01 to G28."),
    ("Holm", "An adjustment of p-values for the number of tests in a driver's family."),
    ("identifying onsets", "Onsets in strata (leaders, targets or years) that have an onset and an exposure that varies. Only these speak on "
     "the effect."),
    ("lag", "Periods between exposure and onset; at least one, since an intervention can change the exposure at once."),
    ("minimum detectable effect (MDE)", "The smallest effect that the one-sided test at .05 finds with 80% power."),
    ("power", "The chance that a test finds an effect of a given size; a result is underpowered when it is below 80% at the smallest effect of "
     "interest."),
    ("multiverse", "Every registered combination of choices (exposure, lag, date, leader coding) run with one joint relabelling."),
    ("non-inferiority", "The test of dismissal: its null is an effect as large as the smallest effect of interest."),
    ("onset", "The beginning of an intervention, at the decision where it is dated and at the deployment otherwise."),
    ("primary test", "The one test of a proposition that was registered and hashed before data were attached."),
    ("proposition", "A testable statement of a driver, with one primary test, a sample and a smallest effect of interest."),
    ("rally", "The rise of a leader's support after an intervention; a consequence of it, so it cannot speak on what led to it."),
    ("ratio", "An effect as an odds ratio (OR), a rate ratio (RR) or a ratio of odds ratios; for ranks, the probability of superiority. "
     "Continuous exposures are per within-stratum standard deviation."),
    ("reference distribution", "The statistic under every (or many) relabellings that keep what is nuisance: shifts within leaders or targets."),
    ("reliability-adjusted frontier", "The frontier divided by the reliability of the coding: noise in the events draws estimates to one."),
    ("SESOI", "Smallest effect size of interest: the effect that a claim's wording commits its author to. Primary driver: OR 2 or RR 3; "
     "meaningful: 1.5; any relevance: OR 1.2 or RR 1.25."),
    ("severity", "How probable an estimate less favourable to a bound would have been if the effect were at that bound. A bound with "
     "severity .95 has passed a severe test."),
    ("stratum", "A leader, target or year within which cases are compared, so that differences between strata cannot pass for an effect."),
    ("superiority", "The test of support: its null is an effect of zero or below."),
    ("S-value", "Minus the binary logarithm of p: how many heads in a row would be as surprising."),
)  # fmt: skip

_VERDICTS: tuple[tuple[str, str], ...] = (
    ("supported", "p of superiority at most .05 after Holm, Bayes factor at least 3, the same sign in at least 80% of the registered "
     "specifications, and no falsifier failed."),
    ("supported_trivial", "Supported, with every effect not rejected below the smallest effect of interest."),
    ("reversed", "Lower, not higher: evidence for the opposite sign, p of the reverse at most .05 after Holm and a Bayes factor of at least 10."),
    ("dismissed", "At its smallest effect of interest: effects that large are rejected here, in the specifications that could see them, in the "
     "larger event lists and after the deletion of any one event, with a Bayes factor of at least 3 against the effect."),
    ("bounded", "The primary test rejects effects of the size of interest, but a named check of a dismissal does not."),
    ("inconclusive_underpowered", "None of these, and the test could not have seen the smallest effect of interest with 80% power."),
    ("inconclusive_mixed", "None of these, although the test could have seen the effect, or its checks disagree."),
    ("descriptive", "The numbers describe and carry no test."),
    ("not_testable", "A guard refused, fewer than 4 onsets identify the effect, or data are missing; the reason is named."),
    ("holds", "Of a census: true on every list and coding."),
    ("coding_dependent", "Of a census: true on some lists and codings."),
    ("fails", "Of a census: true on none."),
)  # fmt: skip

_GRADES: tuple[tuple[str, str], ...] = (
    ("grade A", "No flag, three or more lists, a calibrated permutation, falsifiers passed and a planted effect recovered."),
    ("grade B", "No flag, but fewer checks. The best that tests on one country should be expected to reach."),
    ("grade C", "One flag, or a source that ends early."),
    ("grade D", "Two or more flags, or events alone."),
    ("fragile", "Flag: one event or one list flips the verdict."),
    ("single_list", "Flag: tested on one event list."),
    ("few_onsets", "Flag: fewer than 12 identifying onsets."),
    ("events_only", "Flag: events alone, without rows where none happened."),
    ("exploratory", "Flag: the effect of interest or the specification was set after the data."),
    ("truncated_source", "Flag: a source ends before the sample does."),
)  # fmt: skip


def glossary(term: str | None = None) -> pd.DataFrame:
    """Return the terms of the library: statistics, verdicts, grades and flags, and the guards.

    Parameters
    ----------
    term : str, optional
        One term, or a part of it; upper and lower case are the same.

    Returns
    -------
    DataFrame
        Columns ``term``, ``kind`` (``statistic``, ``verdict``, ``grade``, ``guard``), ``meaning``; sorted within kind.

    Raises
    ------
    UnknownNameError
        No such term, with the nearest one.

    Examples
    --------
    >>> glossary("SESOI")["kind"].tolist()
    ['statistic']
    >>> glossary("G05")["term"].tolist()
    ['G05']
    """
    from interventions_stats.display.readable import ReadableFrame

    frame = ReadableFrame(_entries(), columns=["term", "kind", "meaning"])
    if term is None:
        return frame
    wanted = str(term).strip().casefold()
    names = frame["term"].str.casefold()
    found = frame[names == wanted]
    if found.empty and wanted:
        found = frame[
            names.str.contains(wanted, regex=False) | names.str.replace("_", " ").str.contains(wanted, regex=False)
        ]
    if found.empty:
        raise unknown_name("term", term, frame["term"], where="the glossary")
    return found.reset_index(drop=True)


def _entries() -> list[tuple[str, str, str]]:
    from interventions_stats.rules.guard_registry import GUARDS

    entries = [(t, "statistic", m) for t, m in sorted(_STATISTICS, key=lambda e: e[0].casefold())]
    entries += [(t, "verdict", m) for t, m in _VERDICTS]
    entries += [(t, "grade", m) for t, m in _GRADES]
    return entries + [(g.id, "guard", f"{g.trap} Action: {g.action}. Remedy: {g.remedy}") for g in GUARDS]
