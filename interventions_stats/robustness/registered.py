"""The registered specifications of a proposition: every combination of its choices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

from interventions_stats.drivers.proposition import Proposition


@dataclass(frozen=True, slots=True)
class Specification:
    """One combination of choices; ``changes`` are the fields of the proposition that it sets."""

    number: int
    changes: tuple[tuple[str, Any], ...]
    principled: bool

    def apply(self, prop: Proposition) -> Proposition:
        return prop.with_(**dict(self.changes))

    @property
    def label(self) -> str:
        return ", ".join(f"{k}={v}" for k, v in self.changes) or "primary"


def specifications(prop: Proposition) -> tuple[Specification, ...]:
    """Return the full product of the registered choices, the primary specification first."""
    fields = [c.field for c in prop.choices]
    out = []
    for number, values in enumerate(product(*(c.options for c in prop.choices))):
        changed = [c for c, v in zip(prop.choices, values, strict=True) if v != c.options[0]]
        out.append(Specification(number, tuple(zip(fields, values, strict=True)), all(c.principled for c in changed)))
    return tuple(out)
