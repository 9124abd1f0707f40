"""Build the bundled tables from a folder of source files.

Usage::

    python datasets/recipes/build.py SOURCES [TABLE ...] [--into DIR] [--newer SOURCE=FILE ...]

Each recipe checks the sha256 of what it reads, but for a newer edition given with ``--newer``, such as
``--newer events/full/icb2_v14.csv=icb2v16.csv``, into a folder of its own.  Building twice gives the same
bytes.  With no table named, every table is built and ``datapackage.json`` and
the codebook (``README.md``) are rewritten from the recipes' descriptions.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from _common import LICENCES, Sources, Table, write_table  # noqa: E402
from _editions import EDITIONS  # noqa: E402


def recipes() -> list[str]:
    """Names of the recipe modules, sorted."""
    return sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_") and p.stem != "build")


def described_source(name: str, sha: str, newer: bool) -> dict[str, object]:
    """Describe a source file: edition, last year, and a newer edition where one is known."""
    entry: dict[str, object] = {"title": Path(name).name, "path": name, "sha256": sha}
    if newer:
        return entry | {"edition": "a newer file than the recipe's"}
    edition = EDITIONS[name]
    return (
        entry
        | {"edition": edition.name, "last_year": edition.last_year}
        | ({"newer": edition.newer} if edition.newer else {})
    )


def resource(table: Table, file: Path, sources: Sources) -> dict[str, object]:
    """Describe a written table as a Frictionless resource."""
    title, url = LICENCES[table.licence]
    content = file.read_bytes()
    fields = []
    for field in table.fields:
        entry: dict[str, object] = {"name": field.name, "type": field.type, "description": field.description}
        if field.unit:
            entry["unit"] = field.unit
        if field.constraints:
            entry["constraints"] = field.constraints
        fields.append(entry)
    schema: dict[str, object] = {"fields": fields, "primaryKey": list(table.key), "missingValues": [""]}
    if table.foreign_keys:
        schema["foreignKeys"] = list(table.foreign_keys)
    return {
        "name": table.name, "path": file.name, "profile": "tabular-data-resource", "title": table.title,
        "description": table.description, "coverage": table.coverage, "format": "csv", "encoding": "utf-8",
        "bytes": len(content), "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "rows": content.count(b"\n") - 1, "producers": list(table.producers), "citations": list(table.citations),
        "licenses": [{"name": table.licence, "title": title} | ({"path": url} if url else {})],
        "sources": [described_source(name, sha, name in sources.newer) for name, sha in sources.digests().items()],
        "caveats": list(table.caveats), "schema": schema,
    }  # fmt: skip


def codebook(resources: list[dict]) -> str:
    """Write the codebook: one section a table, one line a column."""
    lines = [
        "# Codebook",
        "",
        "Tables derived by the scripts in `recipes/` from the sources named under each; one row a line, UTF-8,",
        "comma-separated, an empty cell is a missing value. `datapackage.json` says the same for machines",
        "(Frictionless). This file is written by `python datasets/recipes/build.py SOURCES`.",
        "",
    ]
    lines += [f"- [`{r['name']}`](#{r['name']}): {r['title']} ({r['rows']} rows)" for r in resources]
    for r in resources:
        lines += ["", f"## {r['name']}", "", f"**{r['title']}.** {r['description']}", ""]
        lines += [f"Coverage: {r['coverage']}. Key: `{', '.join(r['schema']['primaryKey'])}`.", ""]
        lines += ["Producers: " + "; ".join(r["producers"]) + ".", ""]
        lines += ["Editions: " + "; ".join(dict.fromkeys(map(edition_line, r["sources"]))) + ".", ""]
        lines += ["Licence: " + "; ".join(x["title"] for x in r["licenses"]) + ".", ""]
        lines += ["Cite:", ""] + [f"- {c}" for c in r["citations"]] + [""]
        if r["caveats"]:
            lines += ["Caveats:", ""] + [f"- {c}" for c in r["caveats"]] + [""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{f['name']}` | {f['type']} | {f.get('unit', '')} | {f['description']} |" for f in r["schema"]["fields"]
        ]
    return "\n".join(lines) + "\n"


def edition_line(source: dict) -> str:
    until = f", to {source['last_year']}" if "last_year" in source else ""
    return f"{source['edition']}{until}" + (f" (newer: {source['newer']})" if "newer" in source else "")


# Why a table of this licence may be redistributed in derived form, and what the redistributor owes.
TERMS = {
    "CC-BY-4.0": ("yes", "open licence", "name the producer"),
    "CC-BY-SA-4.0": ("yes", "open licence; holds columns of V-Dem", "name the producer; derived tables keep the licence"),
    "public-domain": ("yes", "no rights reserved", "nothing"),
    "research-citation": ("yes, not for a fee", "the producer gives it to research with citation; here are columns and recodings, "
                          "not the producer's file", "cite the producer; do not charge for access"),
    "facts-citation": ("yes", "single figures and dates, which are facts", "cite the producer"),
    "MIT": ("yes", "open licence", "keep the notice"),
    "BSD-3-Clause": ("yes", "compiled by this project", "keep the notice"),
}  # fmt: skip


def licences(resources: list[dict]) -> str:
    """Write the table of licences: what may be redistributed, why, and on what terms."""
    lines = [
        "# Licences of the tables",
        "",
        "For whoever packages or redistributes this library. The code is BSD-3-Clause; each table has the terms of its row. The",
        "producers' own files are not part of the package. This file is written by `python datasets/recipes/build.py SOURCES`.",
        "",
        "| table | licence | may be redistributed | why | terms | producers |",
        "|---|---|---|---|---|---|",
    ]
    for r in resources:
        for licence in r["licenses"]:
            allowed, why, terms = TERMS[licence["name"]]
            who = "; ".join(r["producers"])
            lines.append(f"| `{r['name']}` | {licence['name']} | {allowed} | {why} | {terms} | {who} |")
    return "\n".join(lines) + "\n"


def newer_files(given: list[str], parser: argparse.ArgumentParser) -> dict[str, Path]:
    """Read ``SOURCE=FILE`` arguments: a source of the recipes, and the file that stands in for it."""
    pairs = dict(text.partition("=")[::2] for text in given)
    if wrong := sorted(set(pairs) - set(EDITIONS)):
        parser.error(f"--newer: {wrong[0]!r} is no source of a recipe; known: {', '.join(EDITIONS)}")
    if missing := [file for file in pairs.values() if not Path(file).is_file()]:
        parser.error(f"--newer: there is no file {missing[0]!r}")
    return {name: Path(file) for name, file in pairs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, help="folder with events/, series/ and covariates/")
    parser.add_argument("tables", nargs="*", help="tables to build (default: all)")
    parser.add_argument("--into", type=Path, default=HERE.parent, help="where to write (default: datasets/)")
    parser.add_argument(
        "--newer", action="append", default=[], metavar="SOURCE=FILE", help="a newer edition of a source file"
    )
    options = parser.parse_args()
    newer = newer_files(options.newer, parser)
    known = recipes()
    if wrong := sorted(set(options.tables) - set(known)):
        parser.error(f"unknown tables {wrong}; known: {known}")
    options.into.mkdir(parents=True, exist_ok=True)
    described = []
    for name in options.tables or known:
        recipe = importlib.import_module(name)
        sources = Sources(
            options.sources, recipe.TABLE.inputs, {n: f for n, f in newer.items() if n in recipe.TABLE.inputs}
        )
        file = write_table(recipe.build(sources), recipe.TABLE, options.into)
        described.append(resource(recipe.TABLE, file, sources))
        print(f"{name}: {described[-1]['rows']} rows, {described[-1]['bytes']:,} bytes")
    if not options.tables:
        package = {
            "profile": "tabular-data-package", "name": "interventions-stats-datasets",
            "title": "Derived tables of interventions_stats", "resources": described,
        }  # fmt: skip
        text = json.dumps(package, indent=1, ensure_ascii=False, sort_keys=False)
        (options.into / "datapackage.json").write_text(text + "\n", encoding="utf-8")
        (options.into / "README.md").write_text(codebook(described), encoding="utf-8")
        (options.into / "LICENCES.md").write_text(licences(described), encoding="utf-8")
        print(f"{len(described)} tables, {sum(r['bytes'] for r in described):,} bytes")


if __name__ == "__main__":
    main()
