"""What the fields of a proposition may hold, checked in one place before it is hashed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from interventions_stats.drivers.parts import Choice, Control, Falsifier, Role
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.panels.actor_target_year import Targets
from interventions_stats.panels.terms import check_lag, parse_term
from interventions_stats.rules.sesoi import Scale, sesoi

if TYPE_CHECKING:
    from interventions_stats.drivers.proposition import Proposition

Unit = Literal["actor-month", "actor-year", "actor-target-year", "power-year", "person-time", "event"]
TestKind = Literal["series", "target_shift", "choice", "powers", "rate", "breaks", "rank", "share", "contrast"]
Estimator = Literal["firth", "cloglog", "conditional", "poisson", "exact"]
Direction = Literal["greater", "two-sided"]
DateRule = Literal["decision", "deployment"]
PowerGroup = Literal["major", "all"]

UNITS: tuple[Unit, ...] = get_args(Unit)
# What the primary test is when a user's proposition names only its unit.
DEFAULT_TEST: dict[Unit, TestKind] = {"actor-month": "series", "actor-year": "series", "actor-target-year": "target_shift",
                                      "power-year": "powers", "person-time": "rate", "event": "rank"}  # fmt: skip
_UNITS_OF: dict[TestKind, tuple[Unit, ...]] = {
    "series": ("actor-month", "actor-year"), "target_shift": ("actor-target-year",), "choice": ("actor-target-year",),
    "contrast": ("actor-target-year",), "powers": ("power-year",), "rate": ("person-time",), "breaks": ("person-time",),
    "rank": ("event",), "share": ("event",),
}  # fmt: skip
# What a test estimates with when a proposition does not say.
DEFAULT_ESTIMATOR: dict[TestKind, Estimator] = {
    "series": "firth", "target_shift": "conditional", "contrast": "conditional", "choice": "conditional",
    "powers": "conditional", "rate": "exact", "breaks": "exact", "rank": "exact", "share": "exact",
}  # fmt: skip
_ESTIMATORS_OF: dict[TestKind, tuple[Estimator, ...]] = {
    "series": ("firth", "poisson"), "target_shift": ("firth", "cloglog", "conditional"),
    "contrast": ("firth", "cloglog", "conditional"), "choice": ("firth", "conditional"), "powers": ("conditional",),
    "rate": ("exact",), "breaks": ("exact",), "rank": ("exact",), "share": ("exact",),
}  # fmt: skip
WITHOUT_EXPOSURE: tuple[TestKind, ...] = ("rate", "breaks", "rank", "share")
_PERIOD = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")


def check_fields(prop: Proposition) -> None:
    """Raise one error that names the proposition, the field and the values it may take.

    Parameters
    ----------
    prop : Proposition
        With its test filled in.

    Raises
    ------
    InputError
        A field of the wrong form, or a test that does not fit the unit, or an estimator the test.
    UnknownNameError
        A value that is not among the field's.
    RefusalError
        G05 for a lag below 1.
    """
    where = f"proposition {prop.id!r}"
    _check_names(prop, where)
    assert prop.test is not None
    if prop.unit not in _UNITS_OF[prop.test]:
        raise InputError(f"{where}: the test {prop.test!r} needs the unit {' or '.join(map(repr, _UNITS_OF[prop.test]))}, "
                         f"not {prop.unit!r}")  # fmt: skip
    if prop.estimator not in _ESTIMATORS_OF[prop.test]:
        raise InputError(f"{where}: the test {prop.test!r} estimates with {' or '.join(map(repr, _ESTIMATORS_OF[prop.test]))}, "
                         f"not {prop.estimator!r}")  # fmt: skip
    if prop.test not in WITHOUT_EXPOSURE:
        parse_term(prop.exposure)
        check_lag(prop.lag)
    if prop.counter_exposure is not None:
        parse_term(prop.counter_exposure)
    elif prop.test == "contrast":
        raise InputError(f"{where}: a contrast needs counter_exposure, the exposure to compare with")
    sesoi(prop.delta, prop.scale)  # type: ignore[arg-type]
    _check_span(prop, where)
    _check_sequences(prop, where)


def _check_names(prop: Proposition, where: str) -> None:
    groups = PowerGroup if prop.unit == "power-year" else Targets
    allowed = {"test": TestKind, "scale": Scale, "direction": Direction, "estimator": Estimator, "date_rule": DateRule,
               "targets": groups}  # fmt: skip
    for field, names in allowed.items():
        value = getattr(prop, field)
        if value not in get_args(names) and not (field == "targets" and value == "all"):
            raise unknown_name(field, value, get_args(names), where=where)


def _check_span(prop: Proposition, where: str) -> None:
    for field in ("start", "end"):
        value = getattr(prop, field)
        if value is not None and not (isinstance(value, str) and _PERIOD.match(value)):
            raise InputError(
                f"{where}: {field}={value!r} is not a period; write '2000', '2000-01' or '2000-01-15' as text"
            )
    if prop.start and prop.end and prop.end[: len(prop.start)] < prop.start[: len(prop.end)]:
        raise InputError(f"{where}: the sample ends ({prop.end}) before it starts ({prop.start})")


def _check_sequences(prop: Proposition, where: str) -> None:
    kinds: dict[str, type] = {"lists": str, "needs": str, "support": str, "contrary": str, "choices": Choice,
                              "falsifiers": Falsifier, "controls": Control}  # fmt: skip
    for field, kind in kinds.items():
        value = getattr(prop, field)
        if not _all_of(value, kind):
            raise InputError(
                f"{where}: {field} is a tuple of {kind.__name__}, as ({kind.__name__}(...),), not {value!r}"
            )
    if not prop.lists:
        raise InputError(f"{where}: lists names at least one event list, for example ('reconstructed',)")
    known = [f.name for f in fields(prop)]
    for choice in prop.choices:
        _check_changed(choice.field, known, f"{where}, choices")
        if not isinstance(choice.options, Sequence) or isinstance(choice.options, str) or not choice.options:
            raise InputError(
                f"{where}: the options of the choice {choice.field!r} are a tuple, the registered one first"
            )
    for falsifier in prop.falsifiers:
        for name, _ in falsifier.changes:
            _check_changed(name, known, f"{where}, falsifier {falsifier.label!r}")
    for control in prop.controls:
        parse_term(control.name)
        if control.role not in get_args(Role):
            raise unknown_name("role", control.role, get_args(Role), where=f"{where}, control {control.name!r}")


def _check_changed(name: str, known: list[str], where: str) -> None:
    if name not in known:
        raise unknown_name("field", name, known, where=where)


def _all_of(value: Any, kind: type) -> bool:
    return isinstance(value, tuple) and all(isinstance(v, kind) for v in value)
