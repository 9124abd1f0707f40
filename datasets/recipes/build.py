"""Build the bundled tables from a folder of source files.

Usage::

    python datasets/recipes/build.py SOURCES [TABLE ...] [--into DIR]

Each recipe checks the sha256 of what it reads.  Building twice gives the same
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


def recipes() -> list[str]:
    """Names of the recipe modules, sorted."""
    return sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_") and p.stem != "build")


def resource(table: Table, file: Path) -> dict[str, object]:
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
        "sources": [{"title": Path(name).name, "path": name, "sha256": sha} for name, sha in table.inputs.items()],
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
        lines += ["Licence: " + "; ".join(x["title"] for x in r["licenses"]) + ".", ""]
        lines += ["Cite:", ""] + [f"- {c}" for c in r["citations"]] + [""]
        if r["caveats"]:
            lines += ["Caveats:", ""] + [f"- {c}" for c in r["caveats"]] + [""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{f['name']}` | {f['type']} | {f.get('unit', '')} | {f['description']} |" for f in r["schema"]["fields"]
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, help="folder with events/, series/ and covariates/")
    parser.add_argument("tables", nargs="*", help="tables to build (default: all)")
    parser.add_argument("--into", type=Path, default=HERE.parent, help="where to write (default: datasets/)")
    options = parser.parse_args()
    known = recipes()
    if wrong := sorted(set(options.tables) - set(known)):
        parser.error(f"unknown tables {wrong}; known: {known}")
    options.into.mkdir(parents=True, exist_ok=True)
    described = []
    for name in options.tables or known:
        recipe = importlib.import_module(name)
        frame = recipe.build(Sources(options.sources, recipe.TABLE.inputs))
        file = write_table(frame, recipe.TABLE, options.into)
        described.append(resource(recipe.TABLE, file))
        print(f"{name}: {described[-1]['rows']} rows, {described[-1]['bytes']:,} bytes")
    if not options.tables:
        package = {
            "profile": "tabular-data-package", "name": "interventions-stats-datasets",
            "title": "Derived tables of interventions_stats", "resources": described,
        }  # fmt: skip
        text = json.dumps(package, indent=1, ensure_ascii=False, sort_keys=False)
        (options.into / "datapackage.json").write_text(text + "\n", encoding="utf-8")
        (options.into / "README.md").write_text(codebook(described), encoding="utf-8")
        print(f"{len(described)} tables, {sum(r['bytes'] for r in described):,} bytes")


if __name__ == "__main__":
    main()
