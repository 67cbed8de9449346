"""The docs site. `nox -s docs` builds it, strictly: a warning of Sphinx is an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tela_runs import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "tela-runs"
author = "the tela-runs maintainers"
project_copyright = author
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]

# Docstrings name what they speak of in `single backticks`: a link where it is in the reference, else code.
default_role = "py:obj"
autoclass_content = "class"
autodoc_default_options = {"members": True, "exclude-members": "__init__, __new__"}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_use_type_comments = False
maximum_signature_line_length = 88
add_module_names = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

# Links to headings of other pages, by the names that hosts of repositories give them too.
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"tela-runs {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# The same site from the same sources, whenever it is built.
html_last_updated_fmt = None
copybutton_exclude = ".linenos, .gp"
copybutton_prompt_text = "$ "
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

#: Files of the repository that pages link to, and the pages of the site that hold them whole.
_HELD = {"../benchmarks/README.md": "measurements.md"}


def link_to_pages(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Let links to a file of the repository lead to the page that holds it."""
    for file, page in _HELD.items():
        source[0] = source[0].replace(f"]({file})", f"]({page})")


def read_as_markdown(*event: Any) -> None:
    """Let docstrings, the last argument of the event, have what Markdown allows and reStructuredText does not."""
    kind: str = event[1]
    lines: list[str] = event[-1]
    if kind in {"attribute", "data", "property"}:
        lines.insert(0, "\\")  # nothing; Napoleon takes what stands before a colon in the first line for a type
    for number, line in enumerate(lines):
        # With a blank that the generator puts before a description taken away.
        lines[number] = re.sub(r"(`+)(.+?)\1(\w?)", _code, re.sub(r"^ (?=\S)", "", line))


def _code(span: re.Match[str]) -> str:
    """Code that is no name, and a letter right after a closing backtick, as in a plural."""
    ticks, text, letter = span.groups()
    if not re.fullmatch(r"[\w.]+", text):
        ticks = "``"
    return f"{ticks}{text}{ticks}" + (f"\\ {letter}" if letter else "")


def shorten_signature(*event: Any) -> tuple[str, str | None] | None:
    """Let a signature that attrs made show names without their modules, and defaults as one would write them."""
    signature, returned = event[-2:]
    if not signature:
        return None
    plain = re.sub(r"~(?:\w+\.)+", "", signature).replace("<built-in function monotonic>", "time.monotonic")
    return plain.replace(" = NOTHING", " = ..."), returned


def setup(app: Sphinx) -> None:
    """Tell Sphinx of the three above."""
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("source-read", link_to_pages)
    app.connect("autodoc-process-docstring", read_as_markdown, priority=1)
