"""Pages of the site that the code prints: API reference, guards, glossary, registered propositions, measured results."""

from __future__ import annotations

import inspect
import shutil
from pathlib import Path
from typing import Any

import interventions_stats as ist

# Top-level names by what one does with them; a name that is in no group lands in the last one.
GROUPS: dict[str, tuple[str, ...]] = {
    "Run and read": ("replicate", "claims", "test", "correlate", "battery", "compare", "update", "diff", "verify", "guards",
                     "glossary", "cite"),
    "Events": ("load_events", "read_events", "EventList", "agreement"),
    "Propositions": ("Proposition", "Choice", "Control", "Falsifier"),
    "Panels": ("panel",),
    "Power, rally and multiverse": ("minimum_detectable_effect", "diagnose", "rally", "multiverse"),
    "Rare-event regressions": ("firth_logit", "logit", "flac", "cloglog", "poisson", "negative_binomial", "conditional_logit",
                               "rare_events_logit", "cox", "marginal_effects",
                               "predictions"),
    "Tables": ("to_latex", "to_docx", "to_html", "to_markdown"),
    "Exact and permutation tests": ("rate_ratio", "fisher_test", "cmh_test", "exact_logistic", "binomial_test",
                                    "circular_shift_test"),
}  # fmt: skip
FLOORS: dict[str, str] = {
    "datasets": "Bundled tables",
    "events": "Event lists",
    "panels": "Panels",
    "estimators": "Estimators",
    "inference": "Inference",
    "drivers": "Drivers and propositions",
    "robustness": "Robustness",
    "rules": "Rules",
    "display": "Figures",
    "reporting": "Reporting",
    "errors": "Errors",
}
# Objects that public functions return or raise and that are reached through them.
RESULTS = (
    "assessment.result.Result", "assessment.battery.Battery", "assessment.battery.DriverResult", "assessment.comparison.Comparison",
    "assessment.actor_pool.ActorPool", "assessment.update.Update", "assessment.diagnosis.Diagnosis", "assessment.agreement.Agreement", "replication.run.Report",
    "replication.answer.ClaimResult", "replication.verification.Verification", "evidence.evidence.Evidence",
    "robustness.check.Robustness", "rules.verdict.Decision",
)  # fmt: skip
RULES = (
    "rules.verdict.decide", "rules.driver.driver_verdict", "rules.census.census_verdict", "rules.sesoi.sesoi",
    "rules.grade.grade", "rules.flags.result_flags", "rules.multiplicity.holm", "rules.absence.check_language",
    "rules.absence.require_bounded",
)  # fmt: skip


def write(docs: Path) -> None:
    """Write every generated page below ``docs/reference/generated``."""
    _copy_notebooks(docs)
    folder = docs / "reference" / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = {"public.rst": _public(), "results.rst": _objects("Results", RESULTS, _RESULTS_INTRO)}
    pages |= {f"floor_{name}.rst": _floor(name, title) for name, title in FLOORS.items()}
    pages |= {"guards.md": _guards(), "glossary.md": _glossary(), "propositions.md": _propositions()}
    pages |= {"amendments.inc": _amendments()}
    pages |= {"measured.md": _measured(docs / "results")}
    pages |= {"sesoi.inc": _sesoi(), "detectable.inc": _detectable()}  # parts of pages, included by name
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def _copy_notebooks(docs: Path) -> None:
    """Bring the committed notebooks below the site's sources, where Sphinx looks for pages."""
    source, target = docs.parent / "notebooks", docs / "tutorials"
    shutil.rmtree(target, ignore_errors=True)
    for path in sorted(source.rglob("*.ipynb")):
        if ".ipynb_checkpoints" not in path.parts:
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / path.relative_to(source))


def public_names() -> list[str]:
    """Functions and classes of the public face."""
    skip = {*FLOORS, "robustness", "__version__"}
    return [n for n in ist.__all__ if n not in skip]


def floor_names(floor: str) -> list[str]:
    """Full dotted names of what a floor offers."""
    if floor == "rules":
        return [f"interventions_stats.{r}" for r in RULES]
    module = __import__(f"interventions_stats.{floor}", fromlist=["x"])
    if floor == "errors":
        names = [n for n, o in vars(module).items() if inspect.isclass(o) and o.__module__ == module.__name__]
    else:
        names = list(module.__all__)
    return [f"interventions_stats.{floor}.{n}" for n in names]


_RESULTS_INTRO = (
    "Every result has ``tidy()`` (broom's columns), ``glance()`` (one row), ``summary()`` (text of at most 100 columns),\n"
    "``plot()`` (a matplotlib ``Axes``), ``cite()`` and a display for notebooks."
)


def _public() -> str:
    names = public_names()
    grouped = {n for group in GROUPS.values() for n in group}
    groups = GROUPS | ({"More": tuple(n for n in names if n not in grouped)} if set(names) - grouped else {})
    parts = [
        _title("The public face"),
        "``import interventions_stats as ist`` gives these names; each is loaded when first used.\n",
    ]
    for title, group in groups.items():
        parts.append(_title(title, "-") + _autosummary([f"interventions_stats.{n}" for n in group if n in names]))
    return "\n".join(parts)


def _floor(name: str, title: str) -> str:
    doc = inspect.getdoc(__import__(f"interventions_stats.{name}", fromlist=["x"])) or ""
    intro = doc.split("\n\n")[0]
    dotted = floor_names(name)
    rest = [n for n in dotted if not (name not in ("errors", "rules") and n.rsplit(".", 1)[1] in ist.__all__)]
    rest = [n for n in rest if inspect.isroutine(_get(n)) or inspect.isclass(_get(n))]
    top = [n.rsplit(".", 1)[1] for n in dotted if n not in rest and n.rsplit(".", 1)[1] in ist.__all__]
    also = f"\nIn the public face as well: {', '.join(f'``ist.{n}``' for n in top)}.\n" if top else ""
    return _title(title) + f"\n``interventions_stats.{name}``: {intro}\n{also}\n" + (_autosummary(rest) if rest else "")


def _objects(title: str, names: tuple[str, ...], intro: str) -> str:
    return _title(title) + f"\n{intro}\n\n" + _autosummary([f"interventions_stats.{n}" for n in names])


def _get(dotted: str) -> Any:
    module, name = dotted.rsplit(".", 1)
    return getattr(__import__(module, fromlist=["x"]), name)


def _title(text: str, mark: str = "=") -> str:
    return f"{text}\n{mark * len(text)}\n"


def _autosummary(names: list[str]) -> str:
    lines = "\n".join(f"   ~{n}" for n in names)
    return f".. autosummary::\n   :toctree: api\n   :nosignatures:\n\n{lines}\n"


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]) + "\n"


def _guards() -> str:
    frame = ist.guards()
    columns = ["id", "trap", "action", "remedy", "enforced", "where"]
    rows = [list(r) for r in frame[columns].itertuples(index=False, name=None)]
    return (
        "# Guards\n\nWhat `ist.guards()` prints. *refuse* raises when the caller asked for the refused thing; when a registered\n"
        "proposition meets data that trip it, the row is `not_testable` and names the guard. *cap* limits the verdict or the\n"
        "grade, *warn* attaches to the result. A guard is *checked* where a number is held to it; one that holds *by\n"
        "construction* warns of what cannot be done here at all.\n\n" + _table(columns, rows)
    )


def _glossary() -> str:
    frame = ist.glossary()
    parts = ['# Glossary\n\nWhat `ist.glossary()` prints; `ist.glossary("frontier")` looks one term up.\n']
    titles = {"statistic": "Statistics", "verdict": "Verdicts", "grade": "Grades and flags"}
    for kind, title in titles.items():
        part = frame[frame["kind"] == kind]
        parts.append(f"## {title}\n\n" + "\n".join(f"{r.term}\n: {r.meaning}\n" for r in part.itertuples()))
    return "\n".join(parts)


def _propositions() -> str:
    parts = ["# Registered propositions\n\nOne primary test each, hashed before data are attached. The hashes are the first twelve digits\n"
             "of `ist.drivers.proposition(id).design_hash()`, which leaves out statement, notes and literature, and of `.hash()`.\n"]  # fmt: skip
    for d in ist.drivers.DRIVERS:
        rows = [[p.id, p.statement, f"`{p.exposure}`" + (f" against `{p.counter_exposure}`" if p.counter_exposure else ""), p.unit,
                 p.test, p.delta if p.scale != "none" else "none", f"`{p.design_hash()[:12]}`", f"`{p.hash()[:12]}`"] for p in d.propositions]  # fmt: skip
        head = ["id", "statement", "exposure", "unit", "test", "SESOI", "design hash", "hash"]
        parts.append(f"## {d.id} {d.title}\n\n{d.theory} *What would count:* {d.would_count}\n\n" + _table(head, rows))
    return "\n".join(parts)


def _amendments() -> str:
    frame = ist.drivers.amendments()
    rows = []
    for (kind, why), part in frame.groupby(["kind", "why"], sort=False):
        what = [f"{i}: {', '.join(part.loc[part['proposition'] == i, 'field'])}" for i in part["proposition"].unique()]
        rows.append([kind, "; ".join(what), why])
    return _table(
        ["kind", "proposition: fields", "why"],
        sorted(rows, key=lambda r: ("repaired", "widened", "superseded", "renamed").index(r[0])),
    )


def _measured(results: Path) -> str:
    files = sorted(results.rglob("*.md")) if results.is_dir() else []
    if not files:
        return "# Measured results\n\n`make calibrate`, `make benchmark` and `make mutate` print error rates, speed and what tests notice; nothing is committed yet.\n"
    listed = "\n".join(f"/results/{f.relative_to(results).with_suffix('')}" for f in files)
    return f"# Measured results\n\nWhat `make calibrate`, `make benchmark` and `make mutate` printed.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"


def _sesoi() -> str:
    from interventions_stats.rules.sesoi import MEASURE_OF_SCALE, TABLE

    said = {"primary": "not a primary driver", "meaningful": "not a meaningful driver", "any": "of no relevance"}
    rows = [[said[w], *(f"{MEASURE_OF_SCALE[s]} {TABLE[s][w]:g}" for s in TABLE)] for w in said]
    heads = {"continuous": "continuous, per SD", "rank": "ranks", "share": "shares", "contrast": "contrasts"}
    return _table(["the claim", *(heads.get(s, s) for s in TABLE)], rows)


def _detectable() -> str:
    """Smallest effect found with 80% power, per SD, by identifying onsets and design effect."""
    import math

    from interventions_stats.inference import analytic_mde

    designs = (1.0, 1.5, 2.0)
    rows = [
        [n, *(f"OR {math.exp(analytic_mde(math.sqrt(d / n))):.2f}" for d in designs)] for n in (5, 10, 25, 50, 100, 300)
    ]
    return _table(["identifying onsets", *(f"design effect {d:g}" for d in designs)], rows)


def thresholds() -> dict[str, str]:
    """Numbers of the rules, for the text of pages."""
    from interventions_stats.rules import thresholds as t

    names = [n for n in vars(t) if n.isupper()]
    shown = {n: f"{getattr(t, n):g}" for n in names}
    return shown | {"ALPHA": f"{t.ALPHA:g}".lstrip("0"), "ALPHA_DELETION": f"{t.ALPHA_DELETION:.2f}".lstrip("0"),
                    "SHARE_OF_SPECS": f"{100 * t.SHARE_OF_SPECS:g}%"}  # fmt: skip
