"""From tests to claims: the verdict on each, beside what the study's reading predicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from interventions_stats.assessment.battery import Battery, DriverResult
from interventions_stats.assessment.result import Result
from interventions_stats.replication.census import Census
from interventions_stats.replication.findings import Finding, find
from interventions_stats.replication.study import Claim
from interventions_stats.rules.multiplicity import holm

_INCONCLUSIVE = ("inconclusive_underpowered", "inconclusive_mixed", "descriptive", "coding_dependent", "bounded")


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim with its verdict.

    Attributes
    ----------
    claim : Claim
    verdict : str
        A proposition's or driver's verdict; ``holds``, ``coding_dependent`` or ``fails`` for a census.
    agreement : {"agrees", "disagrees", "not shown", "not testable", ""}
        The verdict against the study's reading; ``not shown`` is an inconclusive or coding-dependent verdict.
    conclusion : str
        What can and cannot be concluded, in words.
    census : Census or None
    finding : Finding or None
        Whether the study's literal finding appears in these data, and how strong it is.
    """

    claim: Claim
    verdict: str
    agreement: str
    conclusion: str
    census: Census | None = None
    finding: Finding | None = None

    def row(self) -> dict[str, Any]:
        c = self.claim
        return {
            "claim": c.id, "text": c.text, "verdict": self.verdict, "reading": c.reading, "agreement": self.agreement,
            "conclusion": self.conclusion, "tested_by": ", ".join(c.tested_by), "criterion": c.note,
            "contrary": "; ".join(c.contrary),
        }  # fmt: skip

    def _repr_html_(self) -> str:
        from html import escape

        shown = {k: v for k, v in self.row().items() if v and k not in ("claim", "text")}
        rows = "".join(
            f'<tr><th>{k.replace("_", " ")}</th><td style="text-align:left;white-space:normal">{escape(str(v))}</td></tr>'
            for k, v in shown.items()
        )
        return f"<h4>{escape(self.claim.id)}: {escape(self.claim.text)}</h4><table><tbody>{rows}</tbody></table>"


def answer(claim: Claim, found: Battery) -> ClaimResult:
    """Give the finding and the verdict on one claim from the battery's results."""
    return replace(_verdict(claim, found), finding=find(claim, found))


def _verdict(claim: Claim, found: Battery) -> ClaimResult:
    """The verdict on one claim: how strong it is."""
    if claim.kind == "untestable":
        return ClaimResult(claim, "not_testable", "not testable", f"Not testable here: {claim.note}.")
    if claim.kind == "census":
        assert claim.census is not None
        census = claim.census()
        text = census.decision.text + (f" ({census.detail})" if census.detail else "")
        return ClaimResult(
            claim, census.decision.verdict, _agreement(census.decision.verdict, claim.reading), text + ".", census
        )
    if claim.kind == "driver":
        part = found[claim.tested_by[0]]
        assert isinstance(part, DriverResult)
        return ClaimResult(claim, part.verdict, _agreement(part.verdict, claim.reading), _sentence(part.decision.text))
    if claim.kind == "any_supported":
        return _stand_out(claim, found)
    parts = [found[name] for name in claim.tested_by]
    verdict = _joint([p.verdict for p in parts])
    text = " ".join(p.sentence() for p in parts if isinstance(p, Result))
    return ClaimResult(claim, verdict, _agreement(verdict, claim.reading), text)


def _stand_out(claim: Claim, found: Battery) -> ClaimResult:
    """C13: Holm over the superiority tests of several drivers; each must have one that stands."""
    tests: dict[str, Result] = {}
    for name in claim.tested_by:
        part = found[name]
        assert isinstance(part, DriverResult)
        tests |= {i: r for i, r in part.results.items() if r.proposition.family and r.evidence.raw is not None}
    adjusted = dict(zip(tests, holm([r.evidence.p_superiority for r in tests.values()]), strict=True))
    standing = [
        i for i, p in adjusted.items() if p is not None and p <= 0.05 and tests[i].verdict.startswith("supported")
    ]
    drivers = {tests[i].proposition.driver for i in standing}
    shown = ", ".join(f"{i} p {p:.3f}" for i, p in adjusted.items() if p is not None)
    verdict = "supported" if len(drivers) == len(claim.tested_by) else "inconclusive_mixed"
    which = (
        f"supported after Holm over the three drivers: {', '.join(standing)}"
        if standing
        else "none is supported after Holm over the three drivers"
    )
    return ClaimResult(claim, verdict, _agreement(verdict, claim.reading), f"{which[0].upper()}{which[1:]} ({shown}).")


def _joint(verdicts: list[str]) -> str:
    """A claim on several propositions has their verdict when they share it; else it is mixed."""
    return verdicts[0] if len(set(verdicts)) == 1 else "inconclusive_mixed"


def _agreement(verdict: str, reading: str) -> str:
    if verdict == "not_testable":
        return "not testable"
    plain = "supported" if verdict == "supported_trivial" else verdict
    if plain == reading:
        return "agrees"
    return "not shown" if plain in _INCONCLUSIVE else "disagrees"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
