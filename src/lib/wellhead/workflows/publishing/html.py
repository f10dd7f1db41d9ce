"""Charts and executed notebooks as HTML that requests nothing from the network."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import plotly.io
from jinja2 import Environment, PackageLoader
from nbconvert import HTMLExporter

_PLOTLY_MIME = "application/vnd.plotly.v1+json"
SCRIPT = "plotly.min.js"
"""Plotly's script in the site's folder; every chart of the site uses this copy."""
_OF_THIS_MACHINE = {"product", "upstream", "code_version"}  # parameters that no reader set
# nbconvert's page, with Plotly in place of the script that fetches ipywidgets from a CDN.
_NOTEBOOK_PAGE = f"""{{% extends 'lab/index.html.j2' %}}
{{% block jupyter_widgets %}}<script src="../{SCRIPT}"></script>{{% endblock %}}"""


def templates() -> Environment:
    """The templates of the site; they escape the values they are given."""
    return Environment(loader=PackageLoader("wellhead.workflows.publishing"), autoescape=True)


def untitled(figure: Any) -> Any:
    """A chart without its title, for a place under a heading of the page."""
    return figure.update_layout(title=None, margin={"l": 55, "r": 10, "t": 15, "b": 40})


def chart_html(figure: Any, name: str) -> str:
    """A chart as an element of a page that has loaded SCRIPT; `name` is the element's id."""
    html: str = plotly.io.to_html(
        figure,
        include_plotlyjs=False,
        full_html=False,
        div_id=name,
        config={"displaylogo": False, "responsive": True},
    )
    return html


def notebook_html(path: Path) -> str:
    """An executed notebook as a page of the site's folder `notebooks`.

    Of the parameters that a run has set it shows those of the notebook: no files and no digests.
    """
    notebook = nbformat.read(path, as_version=4)
    _show_own_parameters(notebook)
    charts = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            figure = output.get("data", {}).get(_PLOTLY_MIME)
            if figure:
                charts += 1
                shown = plotly.io.from_json(json.dumps(figure), skip_invalid=True)
                output["data"] = {"text/html": chart_html(shown, f"chart-{charts}")}
    exporter = HTMLExporter(
        raw_template=_NOTEBOOK_PAGE,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
    )
    body, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    return str(body)


def _show_own_parameters(notebook: Any) -> None:
    own = {name for name, _ in _assigned(notebook, "parameters")} - _OF_THIS_MACHINE
    shown = [line for name, line in _assigned(notebook, "injected-parameters") if name in own]
    for cell in _tagged(notebook, "injected-parameters"):
        cell["source"] = "\n".join(["# Parameters", *shown])


def _assigned(notebook: Any, tag: str) -> Iterator[tuple[str, str]]:
    """Name and code of each parameter in the cells with a tag."""
    for cell in _tagged(notebook, tag):
        for node in ast.parse(cell["source"]).body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                yield ast.unparse(target), ast.unparse(node)


def _tagged(notebook: Any, tag: str) -> list[Any]:
    return [cell for cell in notebook.cells if tag in cell["metadata"].get("tags", [])]
