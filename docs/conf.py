"""Sphinx configuration: the site is built with ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

import interventions_stats

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generated_pages  # noqa: E402  # lives beside this file

project = "interventions_stats"
author = "the interventions_stats developers"
copyright = "the interventions_stats developers, BSD-3-Clause"
release = version = interventions_stats.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
]
exclude_patterns = ["_build", "notebook_sources", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]

# Pages that the code itself prints: the reference, guards, glossary, datasets, measured results.
generated_pages.write(HERE)

# -- notebooks: committed with their outputs, never run by the build ------------------------------------------------
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "substitution"]
myst_substitutions = generated_pages.thresholds()
myst_heading_anchors = 3
nb_merge_streams = True

# -- reference ------------------------------------------------------------------------------------------------------
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"  # numpydoc's Parameters say the type
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
add_module_names = False
python_use_unqualified_type_names = True

# -- look -----------------------------------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "interventions_stats"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_nav_level": 1,
    "navigation_depth": 3,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "explanation/*": ["sidebar-nav-bs"]}
