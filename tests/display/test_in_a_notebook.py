"""A notebook in a kernel of its own: figures appear without a magic, and so do the user's own later ones."""

from __future__ import annotations

import matplotlib as mpl
import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the extra [notebook]")
nbclient = pytest.importorskip("nbclient", reason="needs the extra [notebook]")

CELLS = (
    "import pandas as pd\nimport interventions_stats as ist\n"
    "frame = pd.DataFrame({'term': ['x'], 'estimate': [0.4], 'conf_low': [-0.1], 'conf_high': [0.9]})\n"
    "ax = ist.display.coefficients(frame)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "ax = ist.display.coefficients(frame)\nplt.figure(); plt.plot([3, 1]);",
)


def test_figures_appear_in_a_fresh_kernel() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [sum("image/png" in o.get("data", {}) for o in cell["outputs"]) for cell in notebook["cells"]]
    assert shown == [1, 1, 2]


def test_a_figure_leaves_every_setting_as_it_was() -> None:
    from interventions_stats.display.figures.style import RC, look

    before = dict(mpl.rcParams)
    with look(RC):
        assert mpl.rcParams["axes.titlelocation"] == "left"
        mpl.rcParams["interactive"] = not before["interactive"]
    changed = {k for k in before if mpl.rcParams[k] != before[k]}
    mpl.rcParams["interactive"] = before["interactive"]
    assert changed == {"interactive"}, "what a backend sets meanwhile stays"
