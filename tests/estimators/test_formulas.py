"""A formula is data: it must not run code, and must read what it may."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.estimators import firth_logit
from interventions_stats.estimators.formulas import model_matrix, parse_formula

DATA = pd.DataFrame(
    {
        "y": [0, 1, 0, 1, 1, 0],
        "x": [1.0, 2, 3, 4, 5, 7],
        "z": [2.0, 1, 4, 3, 6, 5],
        "odd name": [0.0, 1, 1, 0, 2, 1],
        "g": list("abcabc"),
    }
)
HOSTILE = [
    "y ~ __import__('os').system('touch {path}')",
    "y ~ I(__import__('os').system('touch {path}'))",
    "y ~ {{__import__('os').system('touch {path}')}}",
    "y ~ x + I(open('{path}', 'w').write('x'))",
    "y ~ x.__class__.__mro__",
    "y ~ I(x.to_csv('{path}'))",
    "y ~ np.save('{path}', x)",
    "y ~ I((lambda: open('{path}', 'w'))())",
    "y ~ I([open('{path}', 'w') for i in [1]])",
    'y ~ eval(\'open("{path}", "w")\')',
    'y ~ log(x=exec(\'open("{path}", "w")\'))',
    "y ~ C(g, contr.treatment.__init__.__globals__)",
    "y ~ I(9 ** 9 ** 9 ** 9)",
    "y ~ I((9 ** 9) ** 9 * x)",
    "y ~ I('a' * 10)",
    "y ~ x[0]",
    "y ~ I(x if True else z)",
    "I(open('{path}', 'w')) ~ x",
]


@pytest.mark.parametrize("formula", HOSTILE)
def test_hostile_formulas_are_refused_and_nothing_runs(formula: str, tmp_path: object) -> None:
    path = tmp_path / "ran"  # type: ignore[operator]
    with pytest.raises(InputError):
        firth_logit(formula.format(path=path), DATA)
    assert not path.exists()


@pytest.mark.parametrize(
    ("formula", "columns", "terms"),
    [
        ("y ~ x + z", ("x", "y", "z"), 3),
        ("y ~ x * z - 1", ("x", "y", "z"), 3),
        ("y ~ log(x) + I(x**2) + np.sqrt(z)", ("x", "y", "z"), 4),
        ("y ~ `odd name` + I(`odd name` * x)", ("odd name", "x", "y"), 3),
        ("y ~ C(g, contr.treatment(base='b'))", ("g", "y"), 3),
        ("y ~ {x > 2} + scale(z)", ("x", "y", "z"), 3),
        ("y ~ Q('odd name')", ("odd name", "y"), 2),
    ],
)
def test_ordinary_formulas(formula: str, columns: tuple[str, ...], terms: int) -> None:
    parsed = parse_formula(formula, DATA.columns)
    matrix, spec = model_matrix(parsed, DATA)
    assert parsed.columns == columns and parsed.outcome == "y"
    assert matrix.shape == (6, terms) == (6, len(spec.column_names))


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("y", InputError, "must have the form"),
        ("~ x", InputError, "must have the form"),
        ("y ~ x | z", InputError, "must have the form"),
        ("y + z ~ x", InputError, "left side"),
        ("log(x) ~ z", InputError, "left side"),
        ("y ~ x(", InputError, "cannot read formula"),
        ("y ~ lag(x)", InputError, "calls 'lag'"),
        ("y ~ os", UnknownNameError, "unknown column 'os'"),
        ("y ~ log(w)", UnknownNameError, "unknown column 'w'"),
        ("y ~ " + "x + " * 2000 + "x", InputError, "at most 5000"),
        ("y ~ x**9999999", InputError, "more than 5000 terms"),
        ("y ~ (x + z)^60", InputError, "more than 5000 terms"),
        ("y ~ ((x + z)**9)**9", InputError, "more than 5000 terms"),
        ("y ~ " + "*".join("xz" * 8), InputError, "more than 5000 terms"),
        ("y ~ bs(x, df=100000)", InputError, "basis of 100000 columns"),
        ("y ~ poly(x, 9999)", InputError, "basis of 9999 columns"),
        ("y ~ I([0] * 1000000000)", InputError, "arithmetic on a list"),
        ("y ~ np.log(x, out=x)", InputError, "gives np.log other than 1 column"),
        ("y ~ np.log(x, x)", InputError, "gives np.log other than 1 column"),
        ("y ~ np.maximum(x, z, x)", InputError, "gives np.maximum other than 2 columns"),
    ],
)
def test_unreadable_formulas(formula: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_formula(formula, DATA.columns)


def test_the_place_of_an_error_is_not_coloured() -> None:
    with pytest.raises(InputError) as caught:
        parse_formula("y ~ x ~ z", DATA.columns)
    assert str(caught.value).isprintable()


def test_a_transform_that_fails_names_the_formula() -> None:
    with pytest.raises(InputError, match="cannot evaluate formula"):
        firth_logit("y ~ bs(x, df=-3)", DATA)
    assert np.isfinite(firth_logit("y ~ x", DATA).params).all()
