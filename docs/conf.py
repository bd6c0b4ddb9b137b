"""How the documentation is built: Sphinx, MyST and numpydoc; a warning is an error."""

project = "groundup"
author = "the groundup authors"
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
exclude_patterns = ["_build", "drivers/README.md"]
html_theme = "alabaster"
html_theme_options = {"description": "Gait labs on one clock, from the ground up", "page_width": "60rem"}
html_show_sourcelink = False
html_copy_source = False
myst_heading_anchors = 3
myst_enable_extensions = ["deflist", "fieldlist"]
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
default_role = "code"
nitpicky = False
# Pages that are read on their own, in the repository, link to files that are no pages.
suppress_warnings = ["myst.xref_missing", "ref.python"]
