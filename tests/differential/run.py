"""Hold estimators against 40-digit arithmetic on random hard designs, and print the worst relative error of each.

Usage::

    python -m tests.differential.run [NAME ...] [--designs N] [--out FILE]

An answer counts as right within 1e-6 of the reference, in its coefficients (relative to the larger of the coefficient and its
standard error), covariance (relative to the standard errors) and log-likelihood. A refusal counts as named if it is an
error of the library, and as right if what it says of the data is so: separation by a linear program of our own (or, where the
data are all but separated, by the information at the maximum in 40 digits), collinearity by a QR factorisation.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from interventions_stats.errors import InterventionsError
from tests.differential.designs import Case, case
from tests.differential.references import Answer, NoMaximum
from tests.differential.registry import ESTIMATORS, Estimator

TOLERANCE = 1e-6
COLLINEAR = ("linear combination", "constant", "cannot determine", "is singular", "zero in every row", "does not vary")
NO_OUTCOME = ("no events", "G01", "every one of the", "not overdispersed", "no interior maximum")
NO_NUMBER = "a fit of a batch is"
PAGE = Path(__file__).parents[2] / "docs" / "results" / "differential.md"


class Outcome(NamedTuple):
    """What an estimator made of one case: a relative error, or a refusal (its kind), and what is wrong with it, if anything."""

    seed: int
    hardship: tuple[str, ...]
    error: float
    refusal: str
    fault: str


def judge(estimator: Estimator, seed: int) -> Outcome:
    """Fit one case and hold the answer, or the refusal, against the reference."""
    draw = estimator.draw or partial(
        case, outcome=estimator.outcome, weights=estimator.weights, offset=estimator.offset
    )
    data = draw(seed)
    error, refusal, fault = np.nan, "", ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = estimator.fit(data)
        except InterventionsError as raised:
            refusal, fault = _refusal(str(raised), data, estimator)
        except Exception as raised:  # what the suite is to find
            fault = f"{type(raised).__name__}: {raised}"
        else:
            error, fault = _compared(answer, estimator, data)
    return Outcome(seed, data.hardship, error, refusal, fault)


def _refusal(message: str, data: Case, estimator: Estimator) -> tuple[str, str]:
    if any(text in message for text in NO_OUTCOME):
        return "outcome", ""
    if message.startswith("G03"):
        kind = "all but separated" if "all but" in message else "separated"
        return kind, "" if estimator.separable(data) else f"false refusal: {message}"
    if message.startswith(NO_NUMBER):  # for whichever of its reasons, of data that have no estimate
        right = estimator.separable(data) or not estimator.distinct(data)
        return "without a number", "" if right else f"false refusal: {message}"
    if any(text in message for text in COLLINEAR):
        return "collinear", "" if not estimator.distinct(data) else f"false refusal: {message}"
    return "other", f"unexplained refusal: {message}"


def _compared(answer: Answer, estimator: Estimator, data: Case) -> tuple[float, str]:
    try:
        right = estimator.reference(data, answer.params)
    except (NoMaximum, ZeroDivisionError, OverflowError) as raised:
        return np.inf, f"answered, though the reference found no maximum ({raised})"
    error = relative_error(answer, right)
    return error, "" if error <= TOLERANCE else f"differs by {error:.1e}"


def relative_error(answer: Answer, right: Answer) -> float:
    """Largest of the errors of coefficients, covariance and log-likelihood; infinite where one is missing."""
    spread = np.zeros(len(right.params)) if right.cov is None else np.sqrt(np.diagonal(right.cov))
    errors = [np.abs(answer.params - right.params) / np.maximum(np.abs(right.params), spread)]
    if answer.cov is not None and right.cov is not None:
        same = np.where(
            np.eye(len(spread), dtype=bool), right.cov, right.cov * (np.count_nonzero(answer.cov) > len(spread))
        )
        errors.append((np.abs(answer.cov - same) / np.outer(spread, spread)).ravel())
    if answer.loglik is not None and right.loglik is not None:
        errors.append(np.array([abs(answer.loglik - right.loglik) / max(1.0, abs(right.loglik))]))
    worst = np.concatenate(errors)
    return float(worst.max()) if np.isfinite(worst).all() else np.inf


def table(outcomes: dict[str, list[Outcome]]) -> str:
    """The page: one line an estimator, and every fault."""
    lines = [
        "# Estimators against 40-digit arithmetic",
        "",
        "Random hard designs (near separation, near collinearity, columns up to a million standard deviations from zero, rare",
        "columns, powers of a year, weights, offsets), 24 to 69 rows each; see `tests/differential`. `make differential` prints this page.",
        "A refusal is right if a linear program of the suite's own finds the separation, or a QR factorisation the collinearity, that it names.",
        "",
        f"| estimator | designs | answered | worst relative error | median | beyond {TOLERANCE:g} | refused, rightly | other faults |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in outcomes.items():
        errors = np.array([o.error for o in found if not np.isnan(o.error)])
        refused = Counter(o.refusal for o in found if o.refusal and not o.fault)
        beyond = int((errors > TOLERANCE).sum())
        others = sum(bool(o.fault) for o in found) - beyond
        worst, median = (f"{errors.max():.1e}", f"{np.median(errors):.1e}") if len(errors) else ("-", "-")
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(refused.items())) or "none"
        lines.append(f"| {name} | {len(found)} | {len(errors)} | {worst} | {median} | {beyond} | {said} | {others} |")
    faults = [
        f"- {name}, design {o.seed} ({', '.join(o.hardship) or 'plain'}): {o.fault}"
        for name, found in outcomes.items() for o in found if o.fault
    ]  # fmt: skip
    return "\n".join([*lines, "", "## Faults", "", *(faults or ["None."]), ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="estimators (default: all)")
    parser.add_argument("--designs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    names = options.names or list(ESTIMATORS)
    unknown = [name for name in names if name not in ESTIMATORS]
    if unknown:
        parser.error(f"no estimator is named {unknown[0]!r}; choose among {', '.join(ESTIMATORS)}")
    outcomes = {}
    for name in names:
        outcomes[name] = [judge(ESTIMATORS[name], seed) for seed in range(options.designs)]
        print(table({name: outcomes[name]}).split("|---|\n")[-1], flush=True)
    if names == list(ESTIMATORS):
        options.out.write_text(table(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
