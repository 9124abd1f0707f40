"""No module imports, at run time and through any number of others, a module that imports it."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

grimp = pytest.importorskip("grimp", reason="comes with import-linter, which looks at the source")


def test_imports_run_in_no_circle() -> None:
    """Imports for type checkers alone are left out; those inside functions count."""
    graph = grimp.build_graph("interventions_stats", exclude_type_checking_imports=True, cache_dir=None)
    imports = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    TopologicalSorter(imports).prepare()  # raises with the circle
    assert sum(map(len, imports.values())) > 500
