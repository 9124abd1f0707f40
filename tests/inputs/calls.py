"""Every public function of numbers with a call that works, and the role of each of its parameters.

Parameters and their roles come from the signature: a default of True or False is a flag, text an option, a whole number a
count. What a signature does not say stands in ``ROLES``, and where one name means two things, in ``OWN``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import interventions_stats as ist
from interventions_stats import estimators, inference

N, T, UNITS, YEARS = 96, 60, 6, 20
_rng = np.random.default_rng(20)

# -- the clean numbers

X = np.column_stack([_rng.integers(-3, 4, N), _rng.integers(0, 5, N)]).astype(float)
Y = (_rng.random(N) < 1 / (1 + np.exp(0.8 - 0.5 * X[:, 0]))).astype(float)
COUNTS = _rng.negative_binomial(1, 0.4, N).astype(float)
GROUPS = np.repeat(np.arange(12), 8)
FRAME = pd.DataFrame({"y": Y, "c0": X[:, 0], "c1": X[:, 1]})
SERIES = _rng.integers(-8, 9, T).astype(float)
ONSETS = np.zeros(T)
ONSETS[[4, 11, 17, 30, 41, 50]] = 1
STRATA = np.repeat([0, 1], T // 2)
PANEL = _rng.integers(-8, 9, (UNITS, YEARS)).astype(float)
HITS = np.zeros((UNITS, YEARS))
HITS[[0, 2, 3, 5], [3, 11, 7, 16]] = 1

REGRESSION = {
    "y": Y, "X": X, "weights": _rng.integers(1, 3, N).astype(float), "offset": _rng.integers(-1, 2, N) / 4.0,
    "exposure": _rng.integers(1, 4, N).astype(float), "cluster": GROUPS, "strata": GROUPS, "id": GROUPS,
    "start": np.zeros(N), "stop": _rng.integers(1, 9, N).astype(float), "time": _rng.integers(0, 6, N).astype(float),
}  # fmt: skip
TEST = {
    "series": SERIES, "onsets": ONSETS, "strata": STRATA, "first": SERIES, "second": SERIES[::-1].copy(),
    "counts": np.array([3, 2, 4, 0, 1, 0, 2, 5.0] * 3), "baseline": np.ones(T),
}  # fmt: skip
PANELS = {
    "exposure": PANEL,
    "onsets": HITS,
    "risk": np.ones((UNITS, YEARS), bool),
    "at_risk": np.ones((UNITS, YEARS), bool),
}

# -- roles

ROLES = {
    **dict.fromkeys(["y", "weights", "offset", "exposure", "start", "stop", "time", "series", "onsets", "first", "second", "counts",
                     "baseline", "estimates", "std_errors"], "vector"),
    **dict.fromkeys(["cluster", "strata", "id", "units", "periods"], "labels"),
    **dict.fromkeys(["X"], "table"),
    **dict.fromkeys(["estimate", "theta", "t", "r"], "number"),
    **dict.fromkeys(["se", "se_cal", "scale", "df", "odds_ratio", "ratio", "kappa", "a", "b"], "positive"),
    **dict.fromkeys(["alpha", "power", "level", "conf_level", "p", "tau", "reliability"], "probability"),
    **dict.fromkeys(["n", "n2", "k", "window", "boundary", "block"], "count"),
    **dict.fromkeys(["names", "allow"], "names"),
    **dict.fromkeys(["correction", "cluster_kind"], "option"),
    "seed": "seed", "formula": "formula", "data": "frame",
}  # fmt: skip
SKIPPED = {"targets", "terms", "robust"}  # names of the rows, which may be anything


@dataclass(frozen=True)
class Call:
    """A function, the clean arguments of a call, and the role of each parameter to be tried."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]
    roles: dict[str, str]
    meaningful: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def run(self, **changes: Any) -> Any:
        return self.function(**{**self.arguments, **changes})


ANY_LENGTH = (
    "one short",
    "one long",
    "half",
    "one value",
    "short list",
    "short generator",
    "short Series",
    "endless iterator",
)

# -- what a signature does not say: the arguments of a call that works, roles of its own

MISSING_ALLOWED = ("nan", "None", "masked", "NA in a frame")  # outside a target's existence

OWN: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "logit": ({"allow": ("G02", "G04")}, {}),
    "poisson": ({"y": COUNTS, "exposure": None, "offset": None}, {}),
    "negative_binomial": ({"y": COUNTS, "offset": None}, {}),
    "conditional_logit": ({"allow": ("G02",), "weights": np.repeat(np.tile([1.0, 2], 6), 8)}, {}),  # one weight a stratum
    "rare_events_logit": ({"allow": ("G02",)}, {}),
    "cloglog": ({"allow": ("G02",), "time": None}, {}),
    "cox": ({"id": None}, {}),
    "exact_logistic": ({"y": np.tile([0.0, 1, 0, 1, 1, 0], 4), "X": np.tile([[0.0, 1], [1, 0], [1, 1], [0, 0], [1, 2], [1, 0], [0, 1], [0, 2]], (3, 1)),
                        "strata": np.repeat([0, 1], 12), "weights": np.tile([1.0, 2], 12), "offset": np.tile([0.25, 0, -0.25], 8)}, {}),
    "firth_logit_batch": ({"Y": np.stack([Y, 1 - Y]), "weights": None, "offset": None, "start": None}, {"Y": "fits", "start": "skip", "test": "skip"}),
    "specification_batch": ({"Y": Y, "specifications": [[0], [0, 1]], "weights": None, "offset": None},
                            {"Y": "vector", "specifications": "skip"}),
    "rate_ratio": ({"events": np.array([10.0, 15]), "exposure": np.array([21.0, 8])}, {"events": "vector", "exposure": "vector"}),
    "fisher_test": ({"table": np.array([[3.0, 1], [1, 4]])}, {"table": "matrix"}),
    "cmh_test": ({"tables": np.array([[3.0, 1], [1, 4]])}, {"tables": "matrix", "correction": "flag"}),
    "binomial_test": ({"k": 7, "n": 19}, {}),
    "exact": ({}, {}),
    "analytic_mde": ({"se_cal": 0.25}, {}),
    "beta_binomial_bf01": ({"k": 7, "n": 19}, {}),
    "correlation_bf10": ({"r": 0.2, "n": 40}, {}),
    "jzs_bf10": ({"t": 1.5, "n": 20, "n2": 22}, {}),
    "break_test": ({"counts": TEST["counts"][:8], "exposure": np.ones(8), "boundary": 3, "draws": 99, "max_exact": 10}, {}),
    "overdispersion": ({"exposure": np.ones(24), "strata": np.repeat([0, 1], 12)}, {}),
    "tost": ({"delta": 0.5}, {"delta": "positive"}),
    "tost_correlation": ({"r": 0.1, "n": 60, "bound": 0.3}, {"bound": "probability"}),
    "minimum_effect_test": ({"delta": 0.3}, {"delta": "positive"}),
    "noninferiority": ({"delta": 0.4}, {"delta": "number"}),
    "posterior_below": ({"delta": 0.4, "scale": 0.4}, {"delta": "number"}),
    "s_value": ({"p": 0.04}, {"p": "number"}),
    "severity_curve": ({"theta": np.array([0.2, 0.5, 0.1])}, {"theta": "vector"}),
    "simulate_mde": ({"effects": np.array([0.0, 0.5, 1.0]), "histories": 8, "relabellings": 99}, {"effects": "skip"}),
    "pool": ({"estimates": np.array([0.0, 1, 2, 1, 0.5]), "std_errors": np.array([1.0, 2, 1, 1.5, 0.5])}, {}),
    "random_effects": ({"estimates": np.array([0.0, 1, 2, 1, 0.5]), "std_errors": np.array([1.0, 2, 1, 1.5, 0.5])}, {}),
    "pooling_coverage": ({"std_errors": np.array([1.0, 2, 1, 1.5, 0.5]), "tau": 0.4, "worlds": 50}, {"tau": "positive", "actor": "count"}),
    "sign_flip_test": ({"counts": np.tile([0.0, 1, 0, 2, 1, 0, 0, 1], 12), "exposure": X[:, 0], "units": GROUPS,
                        "periods": np.tile(np.arange(8), 12), "strata": np.repeat([0, 1], N // 2), "controls": X[:, 1:]},
                       {"controls": "matrix"}),
    "two_margin_test": ({"max_exact": 2_000, "draws": 100}, {"control": "skip"}),
    "marginal_effects": ({"fit": None, "term": "c0"}, {"fit": "object", "term": "option", "change": "skip", "method": "option"}),
    "predictions": ({"fit": None, "grid": {"c0": [0, 1]}}, {"fit": "object", "grid": "object", "method": "option"}),
    "minimum_detectable_effect": ({"panel": pd.DataFrame({"onsets": ONSETS, "x": SERIES, "leader": STRATA}), "exposure": "x",
                                   "histories": 8}, {"panel": "frame", "exposure": "option", "strata": "option"}),
    "rally": ({"series": pd.Series(SERIES, pd.period_range("2000-01", periods=T, freq="M")), "onsets": ["2002-01", "2002-09"]},
              {"series": "object", "onsets": "skip", "lags": "count"}),
}  # fmt: skip
for _name in ("logit_batch", "cloglog_batch", "poisson_batch"):
    OWN[_name] = OWN["firth_logit_batch"]

NOT_NUMBERS = {
    "BatchFit",
    "Covariance",
    "Design",
    "Fit",
    "MarginalEffects",
    "Predictions",
    "RareEventsFit",
    "Separation",
}


def functions() -> dict[str, Callable[..., Any]]:
    """Every public function of numbers."""
    found = {n: getattr(estimators, n) for n in estimators.__all__ if n not in NOT_NUMBERS}
    found |= {n: getattr(inference, n) for n in inference.__all__}
    found |= {n: getattr(ist, n) for n in ("minimum_detectable_effect", "rally")}
    return {n: f for n, f in found.items() if inspect.isfunction(f)}


def calls() -> Iterator[Call]:
    """A working call of every function: with arrays, and of a regression with a formula too."""
    for name, function in functions().items():
        parameters = inspect.signature(function).parameters
        given, own = OWN.get(name, ({}, {}))
        pool = _pool(parameters)
        arguments = {p: pool[p] for p in parameters if p in pool}
        arguments |= {"draws": 99} if "draws" in parameters else {}
        arguments |= given
        if name in ("marginal_effects", "predictions"):
            arguments["fit"] = estimators.firth_logit("y ~ c0 + c1", FRAME)
        arguments = {k: v for k, v in arguments.items() if v is not None}
        roles = {p: _role(q, own) for p, q in parameters.items() if p not in SKIPPED}
        roles = {p: r for p, r in roles.items() if r not in ("skip", None)}
        if np.ndim(arguments.get("onsets")) == 2:
            roles |= dict.fromkeys(("exposure", "onsets"), "matrix")
        if "formula" not in roles:
            yield Call(name, function, arguments, roles, _meaningful(name, roles))
            continue
        sides = {k: v for k, v in arguments.items() if k not in ("y", "X")}
        yield Call(
            name,
            function,
            arguments,
            {p: r for p, r in roles.items() if p not in ("formula", "data")},
            _meaningful(name, roles),
        )
        frame = FRAME.assign(y=arguments["y"])
        yield Call(f"{name} (formula)", function, {"formula": "y ~ c0 + c1", "data": frame, **sides},
                   {p: r for p, r in roles.items() if p not in ("y", "X", "names")}, _meaningful(name, roles))  # fmt: skip


def _pool(parameters: Any) -> dict[str, Any]:
    if "formula" in parameters or "X" in parameters:
        return REGRESSION
    if "series" in parameters or "first" in parameters or "counts" in parameters:
        return TEST
    return PANELS if "onsets" in parameters else {"estimate": 0.2, "se": 0.25, "scale": 0.4}


def _role(parameter: inspect.Parameter, own: dict[str, str]) -> str | None:
    name, default = parameter.name, parameter.default
    if name in own:
        return own[name]
    if name in ("risk", "at_risk"):
        return "truths"
    if name in ROLES and not isinstance(default, (bool, str)):
        return ROLES[name]
    if isinstance(default, bool):
        return "flag"
    if isinstance(default, str):
        return "option"
    if isinstance(default, int):
        return "count"
    return "positive" if isinstance(default, float) else None


def _meaningful(name: str, roles: dict[str, str]) -> frozenset[tuple[str, str]]:
    """Defects that mean something to this function: no exposure outside a target's existence."""
    found = {("exposure", defect) for defect in MISSING_ALLOWED} if {"risk", "at_risk"} & set(roles) else set()
    found |= {("df", "inf"), ("cluster", "frame of two columns"), ("cluster", "lists of two")}  # two-way clusters
    found |= {("theta", n) for n in ANY_LENGTH} if name == "severity_curve" else set()
    if name == "pooling_coverage":  # as many actors as there are errors, in the order in which one is named
        lengths = set(ANY_LENGTH) - {"one value", "endless iterator"}
        found |= {("std_errors", n) for n in (*lengths, "rows in another order of labels")}
    found |= {("Y", "square")} if name == "specification_batch" else set()  # as many fits as rows
    found |= {("strata", "None")} if name == "minimum_detectable_effect" else set()
    found |= {("controls", "ragged")}  # lists of one value are rows of one column
    found |= {("reliability", "one")}
    found |= (
        {("X", "rows in another order of labels")} if name.startswith("build_design") else set()
    )  # which sets the order
    found |= {("p", "zero"), ("p", "one")} if name == "binomial_test" else set()
    return frozenset(found)
