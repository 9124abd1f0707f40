"""Build the notebooks from their sources: ``python docs/build_notebooks.py [name ...]``.

A source is Markdown in ``docs/notebook_sources``: text becomes Markdown cells, a fenced ``python`` block a code cell, and a
line ``<<snippet argument>>`` the file of that name in ``snippets`` with ``$1`` replaced.  A first line ``# alt: ...`` of a
code cell describes its figure to readers who do not see it.  Each notebook is executed from the top and written with its
outputs, without times, machine or paths, so that an unchanged result gives an unchanged file.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import resource
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SOURCES = Path(__file__).resolve().parent / "notebook_sources"
TARGET = SOURCES.parents[1] / "notebooks"
TIMEOUT = 1200  # seconds for one cell; a busy machine is slow, and what counts is the processor time printed
_FENCE = re.compile(r"^```python\n(.*?)^```\n?", re.M | re.S)
_SNIPPET = re.compile(r"^<<(\w+)(?: ([\w.]+))?>>$", re.M)
_ALT = re.compile(r"\A# alt: (.+)\n")


def sources() -> list[str]:
    """Names of all notebooks, as paths below the folder without a suffix."""
    found = [p.relative_to(SOURCES) for p in SOURCES.rglob("*.md")]
    return sorted(str(p.with_suffix("")) for p in found if p.parts[0] != "snippets")


def assemble(name: str) -> nbformat.NotebookNode:
    """Turn a source into a notebook that has not run."""
    text = (SOURCES / f"{name}.md").read_text(encoding="utf-8")
    text = _SNIPPET.sub(_snippet, text)
    cells, last = [], 0
    for block in _FENCE.finditer(text):
        cells += _markdown(text[last : block.start()])
        cells.append(_code(block.group(1)))
        last = block.end()
    cells += _markdown(text[last:])
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                "language_info": {"name": "python"}}  # fmt: skip
    return new_notebook(cells=cells, metadata=metadata)


def _snippet(match: re.Match[str]) -> str:
    text = (SOURCES / "snippets" / f"{match.group(1)}.md").read_text(encoding="utf-8").strip()
    return text.replace("$1", match.group(2) or "")


def _markdown(text: str) -> list[nbformat.NotebookNode]:
    return [new_markdown_cell(text.strip())] if text.strip() else []


def _code(source: str) -> nbformat.NotebookNode:
    cell = new_code_cell(_ALT.sub("", source).strip())
    if found := _ALT.match(source):
        cell["metadata"]["mystnb"] = {"image": {"alt": found.group(1)}}
    return cell


def execute(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run a notebook in an empty folder; an error in a cell is raised."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": folder}},
                                extra_arguments=["--log-level=ERROR"])  # fmt: skip
        client.execute()
    return clean(notebook)


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out of the outputs what differs between runs or is said twice."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"].pop("execution", None)
            outputs: list[nbformat.NotebookNode] = []
            for output in cell["outputs"]:
                if output.get("name") == "stderr":
                    raise RuntimeError(f"a cell wrote to stderr: {output['text'][:400]}")
                if outputs and output["output_type"] == outputs[-1]["output_type"] == "stream":
                    outputs[-1]["text"] += output["text"]
                else:
                    outputs.append(_plain(output))
            cell["outputs"] = outputs
    notebook["metadata"]["language_info"] = {"name": "python"}
    return notebook


def _plain(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    data = output.get("data", {})
    if {"text/html", "text/markdown", "image/png"} & set(data):
        data.pop("text/plain", None)
    if "image/png" in data:
        data["image/png"] = _few_colours(data["image/png"])
    return output


def _few_colours(png: str) -> str:
    """Store a figure with a palette, which a plot of few colours does not show."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB").quantize(48, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def processor_seconds() -> float:
    """Processor time of the kernels that have ended, with their workers."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def build(name: str) -> float:
    """Build, run and write one notebook; return the processor seconds it took."""
    notebook = assemble(name)
    began = processor_seconds()
    execute(notebook)
    seconds = processor_seconds() - began
    path = TARGET / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="all of them by default")
    total = 0.0
    for name in parser.parse_args().names or sources():
        seconds = build(name)
        total += seconds
        size = (TARGET / f"{name}.ipynb").stat().st_size / 1000
        print(f"{name}: {seconds:.1f} s of processor time, {size:.0f} kB", flush=True)
    print(f"together: {total:.0f} s of processor time")


if __name__ == "__main__":
    main()
