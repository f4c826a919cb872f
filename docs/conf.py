"""The documentation site: `./untangle docs` builds it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
logging.getLogger("manim").setLevel(logging.WARNING)  # else it says which of its files it reads

project = "Untangle"
author = "Untangle contributors"
project_copyright = author
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "site_directives"]
html_theme = "furo"
html_title = "Untangle"
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
myst_heading_anchors = 3
autodoc_inherit_docstrings = False
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 60
toc_object_entries_show_parents = "hide"
