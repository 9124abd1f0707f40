"""A formula is data: it must not run code, and must read what it may."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.engine.fit.formulas import model_matrix, parse_formula
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.estimators import firth_logit

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


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("y ~ I(x**10) + I(z**-10)", ("x", "y", "z")),
        ("y ~ I(x**2.5)", ("x", "y")),
        ("y ~ I((x + 1)**2)", ("x", "y")),
        ("y ~ bs(x, df=50)", ("x", "y")),
        ("y ~ poly(x, degree=3)", ("x", "y")),
        ("y ~ np.maximum(x, z) + np.abs(x)", ("x", "y", "z")),
        ("y ~ C(g, contr.sum()) + C(g, contr.treatment(base='b'))", ("g", "y")),
        ("y ~ I((x > 2) & (z < 4)) + I((x <= 3) | ~(z >= 1))", ("x", "y", "z")),
        ("y ~ I(-x) + I(+z) + I(x / z - z * x)", ("x", "y", "z")),
        ("y ~ I(x == 2) + I(x != 3)", ("x", "y")),
        ("y ~ `odd name`:x", ("odd name", "x", "y")),
        ("y ~ (x + z)**2", ("x", "y", "z")),
    ],
)
def test_what_a_formula_may_read(formula: str, columns: tuple[str, ...]) -> None:
    parsed = parse_formula(formula, DATA.columns)
    assert parsed.columns == columns and parsed.outcome == "y" and parsed.text == formula


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ I(x**11)", "a power other than a column to a number up to 10"),
        ("y ~ I(x**-11)", "a power other than"),
        ("y ~ I(2**3)", "a power other than"),
        ("y ~ I(x**z)", "a power other than"),
        ("y ~ bs(x, df=51)", "basis of 51 columns, with at most 50"),
        ("y ~ bs(x, degree=51)", "basis of 51 columns"),
        ("y ~ poly(x, 51)", "basis of 51 columns"),
        ("y ~ np.maximum(x)", "gives np.maximum other than 2 columns"),
        ("y ~ np.log()", "gives np.log other than 1 column,"),
        ("y ~ np.linalg.norm(x)", "calls 'np.linalg.norm'"),
        ("y ~ np.random(x)", "calls 'np.random'"),
        ("y ~ other.log(x)", "calls 'other.log'"),
        ("y ~ contr.evil(x)", "calls 'contr.evil'"),
        ("y ~ I(x + 'a')", "arithmetic on text"),
        ("y ~ I('a' + x)", "arithmetic on text"),
        ("y ~ I(x * [1])", "arithmetic on a list"),
        ("y ~ I((1, 2) * x)", "arithmetic on a list"),
        ("y ~ I(x.real)", "reads the attribute 'x.real'"),
        ("y ~ I(x and z)", "contains a boolop"),
        ("y ~ I(f'{x}')", "contains a joinedstr|cannot read"),
    ],
)
def test_what_a_formula_may_not_do(formula: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_formula(formula, DATA.columns)


@pytest.mark.parametrize(("size", "allowed"), [(5_000, True), (5_001, False)])
def test_the_longest_formula(size: int, allowed: bool) -> None:
    formula = "y ~ x" + " " * (size - 5)
    if allowed:
        assert parse_formula(formula, DATA.columns).columns == ("x", "y")
    else:
        with pytest.raises(InputError, match="5001 characters; at most 5000"):
            parse_formula(formula, DATA.columns)


@pytest.mark.parametrize(
    ("right", "allowed"),
    [
        ("*".join("xz" * 5 + "x"), True),
        ("*".join("xz" * 6), False),
        ("(x + z)**7", True),
        ("(x + z)**8", False),
        ("(x + z)^7", True),
    ],
)
def test_how_many_terms_a_formula_may_stand_for(right: str, allowed: bool) -> None:
    """A product doubles what stands before it and one more: 3,070 for eleven factors, 6,142 for twelve; powers of three else."""
    if allowed:
        assert parse_formula(f"y ~ {right}", DATA.columns).columns == ("x", "y", "z")
    else:
        with pytest.raises(InputError, match="more than 5000 terms"):
            parse_formula(f"y ~ {right}", DATA.columns)
