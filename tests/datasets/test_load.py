"""The datasets floor: found in every layout, refused when altered, described in full."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interventions_stats import datasets, errors
from interventions_stats.datasets import location, package

POLLS = "month,year,approve,n,label,asked\n2000-01,2000,79.5,1600,Ъ,2000-01-15\n2001-02,2001,,,NA,\n2003-03,2003,0.1,1,,2003-03-30\n"
POLLS_FIELDS = [
    ("month", "yearmonth", ""),
    ("year", "year", ""),
    ("approve", "number", "percent"),
    ("n", "integer", "persons"),
    ("label", "string", ""),
    ("asked", "date", ""),
]
CODES = "id,value\n1,a\n2,b\n"
CODES_FIELDS = [("id", "integer", ""), ("value", "string", "")]


def entry(name: str, text: str, fields: list[tuple[str, str, str]], key: list[str]) -> dict:
    content = text.encode()
    return {
        "name": name,
        "path": f"{name}.csv",
        "title": f"Table {name}",
        "description": "Made up for a test.",
        "coverage": "2000-2003",
        "bytes": len(content),
        "rows": len(text.splitlines()) - 1,
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "producers": ["A producer"],
        "citations": ["Müller, A. & B. Weiß. 2011. “Of 50% & more.” Journal 5: 1-2. https://doi.org/10.1000/x_y."],
        "licenses": [{"name": "CC-BY-4.0", "title": "CC"}],
        "caveats": ["One caveat."],
        "schema": {
            "fields": [{"name": n, "type": t, "description": f"meaning of {n}", "unit": u} for n, t, u in fields],
            "primaryKey": key,
        },
    }


def write(folder: Path, *entries: dict, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    (folder / "datapackage.json").write_text(json.dumps({"resources": list(entries)}), encoding="utf-8")
    return folder


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two small tables with every column type, found through the environment variable."""
    polls = entry("polls", POLLS, POLLS_FIELDS, ["month"])
    codes = entry("codes", CODES, CODES_FIELDS, ["id"])
    folder = write(tmp_path / "made up", polls, codes, texts={"polls": POLLS, "codes": CODES})
    monkeypatch.setenv(location.VARIABLE, str(folder))
    return folder


def test_types_follow_the_schema(bundle: Path) -> None:
    frame = datasets.load("polls")
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    text = str(pd.Series(["a"], dtype="str").dtype)
    assert kinds == {
        "month": text,
        "year": "int64",
        "approve": "float64",
        "n": "Int64",
        "label": text,
        "asked": "datetime64[us]",
    }
    assert frame["label"].tolist()[:2] == ["Ъ", "NA"], "only an empty cell is missing"
    assert frame.isna().sum().to_dict() == {"month": 0, "year": 0, "approve": 1, "n": 1, "label": 1, "asked": 1}
    assert frame["approve"].iloc[2] == 0.1
    assert frame["asked"].iloc[2] == pd.Timestamp(2003, 3, 30)
    assert frame.attrs["name"] == "polls"
    assert frame.attrs["sha256"] == hashlib.sha256(POLLS.encode()).hexdigest()
    assert "Of 50% & more" in frame.attrs["citation"]


def test_every_load_is_a_fresh_copy(bundle: Path) -> None:
    first = datasets.load("polls")
    first.loc[:, "approve"] = -1.0
    first.attrs["name"] = "spoilt"
    first["new"] = 1
    second = datasets.load("polls")
    assert second["approve"].iloc[0] == 79.5
    assert second.attrs["name"] == "polls"
    assert "new" not in second


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("damage", ["byte", "truncated", "emptied"])
def test_an_altered_file_is_refused_with_both_digests(bundle: Path, damage: str, warm: bool) -> None:
    if warm:
        datasets.load("polls")
    file = bundle / "polls.csv"
    content = {"byte": POLLS.replace("79.5", "78.5"), "truncated": POLLS[:-30], "emptied": ""}[damage].encode()
    state = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))
    with pytest.raises(errors.IntegrityError) as caught:
        datasets.load("polls")
    message = str(caught.value)
    for part in ("'polls'", hashlib.sha256(content).hexdigest(), hashlib.sha256(POLLS.encode()).hexdigest()):
        assert part in message
    assert "Reinstall" in message
    assert ("truncated" in message) == (damage != "byte")


def test_an_edited_copy_loads_only_on_purpose(bundle: Path) -> None:
    edited = POLLS.replace("79.5", "12.25")
    (bundle / "polls.csv").write_bytes(edited.encode())
    frame = datasets.load("polls", check=False)
    assert frame["approve"].iloc[0] == 12.25
    assert frame.attrs["sha256"] == hashlib.sha256(edited.encode()).hexdigest()
    with pytest.raises(errors.IntegrityError, match="sha256"):  # the unchecked frame is in memory by now
        datasets.load("polls")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (POLLS.replace("approve", "aprove"), ["line 1", "'approve' is missing"]),
        (POLLS.replace("label,asked", "asked,label"), ["line 1", "out of order"]),
        (POLLS.replace("79.5", "high"), ["data row 1", "'approve'", "'high' is no number"]),
        (POLLS.replace("1600", "1600.5"), ["data row 1", "'n'", "'1600.5' is no integer"]),
        (POLLS.replace("2003-03-30", "30.03.2003"), ["data row 3", "'asked'", "is no date"]),
        (POLLS.replace(",2000,", ",MM,"), ["data row 1", "'year'", "'MM' is no year"]),
        (POLLS.replace("Ъ", "a,b"), ["data row 1", "7 cells where 6"]),
    ],
)
def test_a_misfit_names_table_row_and_column(bundle: Path, text: str, where: list[str]) -> None:
    polls = entry("polls", text, POLLS_FIELDS, ["month"])  # published digest agrees: only the schema is broken
    write(bundle, polls, texts={"polls": text})
    with pytest.raises(errors.IntegrityError) as caught:
        datasets.load("polls")
    for part in ["'polls'", *where]:
        assert part in str(caught.value)


@pytest.mark.parametrize(("old", "new"), [(",1600,Ъ,2000-01-15", ",1600"), ("79.5", "nil"), ("approve", "aprove")])
def test_an_edited_copy_is_still_held_to_the_schema(bundle: Path, old: str, new: str) -> None:
    (bundle / "polls.csv").write_bytes(POLLS.replace(old, new).encode())
    with pytest.raises(errors.IntegrityError, match=r"cells where 6|'nil' is no number|'approve' is missing"):
        datasets.load("polls", check=False)


def test_text_that_is_not_utf8_is_located(bundle: Path) -> None:
    (bundle / "polls.csv").write_bytes(POLLS.encode("cp1251"))
    with pytest.raises(errors.IntegrityError, match="'polls', line 2: not UTF-8"):
        datasets.load("polls", check=False)


def test_missing_file_and_unknown_name(bundle: Path) -> None:
    (bundle / "polls.csv").unlink()
    with pytest.raises(errors.DatasetError, match=r"'polls'.*polls\.csv is missing.*Reinstall"):
        datasets.load("polls")
    for call in (datasets.load, datasets.describe, datasets.cite, lambda name: datasets.digest([name])):
        with pytest.raises(errors.UnknownNameError, match=r"unknown table 'pols'.*Did you mean 'polls'"):
            call("pols")
    with pytest.raises(errors.UnknownNameError, match="Did you mean 'bibtex'"):
        datasets.cite("polls", style="bibtx")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("manifest", "error", "part"),
    [
        ("{", errors.DatasetError, "not valid JSON"),
        ("{}", errors.IntegrityError, "lists no tables"),
        ('{"resources": [{"name": "t", "path": "t.csv"}]}', errors.IntegrityError, "'t'.*title"),
        ('{"resources": [{"name": "t", "path": "../t.csv"}]}', errors.IntegrityError, "plain file name"),
        ('{"resources": [7]}', errors.IntegrityError, "table 0"),
    ],
)
def test_a_broken_manifest_is_one_clear_error(bundle: Path, manifest: str, error: type, part: str) -> None:
    (bundle / "datapackage.json").write_text(manifest)
    with pytest.raises(error, match=part):
        datasets.catalogue()


def test_catalogue_describe_and_digests(bundle: Path) -> None:
    listed = datasets.catalogue().set_index("name")
    size = len(POLLS.encode())
    assert listed.loc["polls", ["rows", "key", "licence", "bytes"]].tolist() == [3, "month", "CC-BY-4.0", size]
    about = datasets.describe("polls").set_index("column")
    assert list(about.index) == [name for name, _, _ in POLLS_FIELDS]
    assert about.loc["approve", ["unit", "meaning", "first_year", "last_year"]].tolist() == [
        "percent", "meaning of approve", 2000, 2003,
    ]  # fmt: skip
    assert about.loc["approve", "missing_share"] == pytest.approx(1 / 3)
    assert about.loc["label", "last_year"] == 2001
    assert datasets.describe("codes")["first_year"].isna().all(), "no time column, no years"
    quarters = "quarter,birth\n1999Q4,1950\n2000Q1,\n"
    fields = [("quarter", "string", ""), ("birth", "year", "")]
    write(bundle, entry("quarters", quarters, fields, ["quarter"]), texts={"quarters": quarters})
    spans = datasets.describe("quarters").set_index("column")[["first_year", "last_year"]]
    assert spans.to_numpy().tolist() == [[1999, 2000], [1999, 1999]]


def test_digests_and_data_version(bundle: Path) -> None:

    digests = {"codes": hashlib.sha256(CODES.encode()).hexdigest(), "polls": hashlib.sha256(POLLS.encode()).hexdigest()}
    assert datasets.digest() == digests
    assert datasets.digest(["polls"]) == {"polls": digests["polls"]}
    joined = "".join(f"{name} {sha}\n" for name, sha in digests.items())
    assert datasets.data_version() == hashlib.sha256(joined.encode()).hexdigest()[:12]


def test_citations(bundle: Path) -> None:
    text = datasets.cite("polls").splitlines()
    assert "table polls" in text[0] and text[1].startswith("Müller")
    assert datasets.cite().count("Müller") == 1, "a work that two tables share is cited once"
    again = "Muller, A. and B. Weiß. 2011. “Of 50% & more.” Journal 5: 1-2. https://doi.org/10.1000/x_y. (v2)"
    other = entry("codes", CODES, CODES_FIELDS, ["id"]) | {"citations": [again]}
    write(bundle, entry("polls", POLLS, POLLS_FIELDS, ["month"]), other, texts={})
    assert datasets.cite().splitlines()[1:] == [again], "two spellings of one work are one work"
    bibtex = datasets.cite("polls", style="bibtex")
    assert bibtex.count("@misc{") == 1 and "@article{muller2011," in bibtex and "journal = {Journal}" in bibtex
    assert r"author = {{Müller, A. \& B. Weiß}}" in bibtex
    assert r"title = {Of 50\% \& more}" in bibtex
    assert "doi = {10.1000/x_y}" in bibtex and "url = {https://doi.org/10.1000/x_y}" in bibtex
    assert bibtex.count("{") == bibtex.count("}")


@pytest.mark.parametrize("layout", ["wheel", "checkout"])
def test_tables_are_found_in_both_layouts(tmp_path: Path, repository: Path, layout: str) -> None:
    site = tmp_path / "site"
    for part in ("__init__.py", "errors.py", "datasets", "engine"):
        source, target = repository / "interventions_stats" / part, site / "interventions_stats" / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif part == "__init__.py":
            target.parent.mkdir(parents=True)
            target.write_text("")
        else:
            shutil.copy(source, target)
    inside = site / "interventions_stats" / "datasets" / "tables"
    folder = inside if layout == "wheel" else site / "datasets"
    write(folder, entry("codes", CODES, CODES_FIELDS, ["id"]), texts={"codes": CODES})
    environment = {k: v for k, v in os.environ.items() if k != location.VARIABLE} | {"PYTHONPATH": str(site)}
    script = (
        "import sys, interventions_stats.datasets as d\n"
        "early = 'pandas' in sys.modules\n"
        "from interventions_stats.datasets.location import folder\n"
        "print(early, callable(d.load), len(d.load('codes')), folder())"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == f"False True 2 {folder}", done.stderr


def test_no_place_or_a_wrong_place_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(location.VARIABLE, str(tmp_path))
    with pytest.raises(errors.DatasetError, match=f"{location.VARIABLE} names"):
        datasets.catalogue()
    monkeypatch.delenv(location.VARIABLE)
    monkeypatch.setattr(location, "candidates", lambda: (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(errors.DatasetError, match="not found"):
        datasets.load("polls")


def test_names_stay_functions_however_the_modules_are_imported() -> None:
    import importlib

    for name in ("load", "describe", "cite", "catalogue"):
        importlib.import_module(f"interventions_stats.datasets.{name}")
        assert callable(getattr(datasets, name)), name
    assert set(dir(datasets)) == {"catalogue", "load", "describe", "cite", "digest", "data_version"}


def test_the_bundled_tables_load_and_are_described(repository: Path) -> None:
    if not (repository / "datasets" / "datapackage.json").is_file():
        pytest.skip("datasets/datapackage.json has not been built")
    for name, info in package.tables().items():
        frame = datasets.load(name)
        assert len(frame) == info.rows, name
        assert not frame.duplicated(list(info.key)).any(), name
        about = datasets.describe(name)
        assert about["column"].tolist() == list(frame.columns), name
        assert about["meaning"].str.len().gt(3).all(), name
        assert np.isfinite(frame.select_dtypes("number").astype("float64").fillna(0.0)).all(axis=None), name
        assert info.citations, name


def test_results_are_kept_for_the_tables_in_use_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder of tables, and another edition in it, are read anew by what keeps its results."""
    from interventions_stats.events.actors import registry

    bundled, here = registry(), location.folder()
    described = json.loads((here / "datapackage.json").read_text(encoding="utf-8"))
    states = next(r for r in described["resources"] if r["name"] == "states")
    text = (here / "states.csv").read_text(encoding="utf-8")

    def edition(name: str) -> None:
        content = text.replace("United States of America", name)
        states["hash"] = "sha256:" + hashlib.sha256(content.encode()).hexdigest()
        write(tmp_path, states, texts={"states": content})

    edition("Columbia")
    monkeypatch.setenv(location.VARIABLE, str(tmp_path))
    assert registry()[2].name == "Columbia"
    edition("United States")
    assert registry()[2].name == "United States"
    monkeypatch.delenv(location.VARIABLE)
    assert registry() == bundled
