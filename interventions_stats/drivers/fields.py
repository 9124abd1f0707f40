"""What the fields of a proposition may hold, checked in one place before it is hashed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from interventions_stats.drivers.parts import Choice, Control, Falsifier, Role
from interventions_stats.engine.intake.scalars import check_flag, check_integer, check_text, shown
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.panels.terms import check_lag, parse_term
from interventions_stats.primary.known_kinds import default_test, kind_named, kind_of, kinds
from interventions_stats.rules.sesoi import Scale, sesoi

if TYPE_CHECKING:
    from interventions_stats.drivers.proposition import Proposition
    from interventions_stats.primary.kind import Kind

Direction = Literal["greater", "two-sided"]
DateRule = Literal["decision", "deployment"]
_PERIOD = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
# Fields that a kind of test reads or does not; all others every verdict reads.
_OF_THE_KIND = ("lag", "start", "end", "targets", "leaders", "date_rule", "outcome", "controls")


_TEXTS = (
    "driver",
    "statement",
    "note",
    "exposure",
    "unit",
    "scale",
    "direction",
    "targets",
    "strata",
    "date_rule",
    "outcome",
)
_TEXTS_OR_NONE = ("test", "estimator", "leaders", "counter_exposure")
_SEQUENCES = ("lists", "needs", "support", "contrary", "choices", "falsifiers", "controls", "untestable", "elsewhere")


def plain_values(prop: Proposition) -> dict[str, Any]:
    """Return the fields that came in a container or a number of another library, as plain Python's.

    Raises
    ------
    InputError
        A field that is no text, flag, whole number or pair where it must be one.
    """
    where = f"proposition {prop.id!r}"
    for name in (*_TEXTS, *_TEXTS_OR_NONE):
        value = getattr(prop, name)
        if value is not None or name in _TEXTS:
            check_text(f"{where}: {name}", value, blank=True)
    found: dict[str, Any] = {n: tuple(getattr(prop, n)) for n in _SEQUENCES if isinstance(getattr(prop, n), list)}
    pairs = found.get("untestable", prop.untestable)
    if not _all_of(pairs, tuple) or not all(len(p) == 2 and all(isinstance(t, str) for t in p) for p in pairs):
        raise InputError(
            f"{where}: untestable holds pairs of actor and reason, as (('*', 'no data'),), not {shown(pairs)}"
        )
    found["family"] = check_flag(f"{where}: family", prop.family)
    return found | {"lag": check_integer("a lag", prop.lag, " of periods")}


def fill_in(prop: Proposition) -> dict[str, str]:
    """Return what follows from the unit and the test where a proposition leaves it out.

    Raises
    ------
    UnknownNameError
        Another unit than those of the kinds of test, or another test.
    """
    where = f"proposition {prop.id!r}"
    units = list(dict.fromkeys(u for k in kinds().values() for u in k.units))
    if prop.unit not in units:
        raise unknown_name("unit", prop.unit, units, where=where)
    test = prop.test if prop.test is not None else default_test(prop.unit)
    kind, found = kind_named(test, where), {"test": test}
    if prop.estimator is None:
        found["estimator"] = kind.estimators[0]
    if kind.default_outcome is not None and prop.outcome == _default(prop, "outcome"):
        found["outcome"] = kind.default_outcome
    return found


def fitting(prop: Proposition, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what has to change with the test of a proposition: an estimator and strata that the new one does not take."""
    if changes.get("test", prop.test) == prop.test:
        return {}
    kind, found = kind_named(changes["test"], f"proposition {prop.id!r}"), {}
    if prop.estimator not in kind.estimators:
        found["estimator"] = kind.estimators[0]
    if prop.strata not in kind.strata:
        found["strata"] = kind.strata[0] if kind.strata else _default(prop, "strata")
    return found


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
    where, kind = f"proposition {prop.id!r}", kind_of(prop)
    _check_names(prop, kind, where)
    if prop.unit not in kind.units:
        raise InputError(
            f"{where}: the test {prop.test!r} needs the unit {' or '.join(map(repr, kind.units))}, not {prop.unit!r}"
        )
    if prop.estimator not in kind.estimators:
        raise InputError(f"{where}: the test {prop.test!r} estimates with {' or '.join(map(repr, kind.estimators))}, "
                         f"not {prop.estimator!r}")  # fmt: skip
    if kind.has_exposure:
        parse_term(prop.exposure)
        check_lag(prop.lag)
    if prop.counter_exposure is not None:
        parse_term(prop.counter_exposure)
    elif kind.counter_exposure == "required":
        raise InputError(f"{where}: a contrast needs counter_exposure, the exposure to compare with")
    sesoi(prop.delta, prop.scale)  # type: ignore[arg-type]
    _check_span(prop, where)
    _check_sequences(prop, where)
    _check_read(prop, kind, where)


def _check_names(prop: Proposition, kind: Kind, where: str) -> None:
    estimators = dict.fromkeys(e for k in kinds().values() for e in k.estimators)
    allowed: dict[str, Sequence[str]] = {
        "scale": get_args(Scale), "direction": get_args(Direction), "estimator": tuple(estimators),
        "date_rule": get_args(DateRule),
    }  # fmt: skip
    if "targets" in kind.reads:
        allowed["targets"] = kind.groups
    if kind.outcomes and prop.outcome != _default(prop, "outcome"):
        allowed["outcome"] = kind.outcomes
    for field, names in allowed.items():
        value = getattr(prop, field)
        if value not in names:
            raise unknown_name(field, value, names, where=where)
    if prop.strata != _default(prop, "strata") and prop.strata not in kind.strata:
        known = (*kind.strata, _default(prop, "strata"))
        raise unknown_name("strata", prop.strata, list(dict.fromkeys(known)), where=f"{where}, test {kind.name!r}")


def _check_read(prop: Proposition, kind: Kind, where: str) -> None:
    """Refuse a field off its default that the kind does not read: it would be hashed and change nothing."""
    set_off = [f for f in _OF_THE_KIND if f not in kind.reads and getattr(prop, f) != _default(prop, f)]
    if prop.counter_exposure is not None and kind.counter_exposure == "none":
        set_off.append("counter_exposure")
    varied = [c.field for c in prop.choices if c.field in _OF_THE_KIND and c.field not in kind.reads]
    for name in (*set_off, *varied):
        reads = [k.name for k in kinds().values() if name in k.reads or (name, k.counter_exposure) in _TAKES_COUNTER]
        what = f"{name}={getattr(prop, name)!r}" if name in set_off else f"a choice of {name}"
        raise InputError(
            f"{where}: its test {kind.name!r} does not read {what}; leave it out, or take the test {' or '.join(map(repr, reads))}"
        )


_TAKES_COUNTER = (("counter_exposure", "optional"), ("counter_exposure", "required"))


def _default(prop: Proposition, name: str) -> Any:
    return next(f.default for f in fields(prop) if f.name == name)


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
    pairs = prop.elsewhere
    if not _all_of(pairs, tuple) or not all(len(p) == 2 and isinstance(p[0], str) for p in pairs):
        raise InputError(
            f"{where}: elsewhere holds pairs of field and value, as (('start', None),), not {shown(pairs)}"
        )
    known = [f.name for f in fields(prop)]
    for name, _ in pairs:
        _check_changed(name, known, f"{where}, elsewhere")
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
