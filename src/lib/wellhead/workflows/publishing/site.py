"""Verb: publish the site: one page, its charts and every executed notebook, for any browser.

Everything is in `artifacts/site`: it opens from disk and asks the network for nothing.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from wellhead import __version__
from wellhead.calendars import STALE_AFTER_DAYS, now
from wellhead.catalogue.outlook import HOW_TO_LOAD
from wellhead.settings import get_settings
from wellhead.tracking.runs import existing_run, open_run
from wellhead.workflows.products import products_by_task
from wellhead.workflows.publishing.commodity_page import commodity_page
from wellhead.workflows.publishing.html import SCRIPT, notebook_html, templates
from wellhead.workflows.publishing.quality_page import write_quality_page
from wellhead.workflows.quality.batches import caught_by, caught_by_rule, newest_batches


def publish(
    product: Any, upstream: Any, source: str, commodities: list[str], code_version: str
) -> None:
    """Build the site from what the run made. Called by the pipeline as its last task.

    `product` and `upstream` are Ploomber's: the page to write, `index`, and all tasks' products.
    """
    tasks = products_by_task(upstream.to_json_serializable())
    notebooks = {name: Path(found["nb"]) for name, found in tasks.items() if "nb" in found}
    site = Path(str(product["index"])).parent
    with tempfile.TemporaryDirectory(dir=site.parent) as beside:
        fresh = Path(beside, "site")
        _write_site(fresh, tasks, notebooks, source, commodities)
        if site.exists():
            site.rename(Path(beside, "replaced"))
        fresh.rename(site)
    _log_notebooks(tasks, notebooks, source, code_version)


def _write_site(
    site: Path,
    tasks: dict[str, dict[str, str]],
    notebooks: dict[str, Path],
    source: str,
    commodities: list[str],
) -> None:
    (site / "notebooks").mkdir(parents=True)
    (site / SCRIPT).write_text(get_plotlyjs(), encoding="utf-8")
    for name, path in notebooks.items():
        (site / "notebooks" / f"{name}.html").write_text(notebook_html(path), encoding="utf-8")
    pages = [commodity_page(key, tasks, source) for key in commodities]
    for page in pages:
        shutil.copy(
            tasks[f"forecast-{page.instrument.key}"]["csv"],
            site / f"forecast-{page.instrument.key}.csv",
        )
    html = (
        templates()
        .get_template("index.html.j2")
        .render(
            pages=pages,
            quality=_quality(source),
            notebooks=list(notebooks),
            source=source,
            made=now(),
            version=__version__,
            script=SCRIPT,
            stale_after=STALE_AFTER_DAYS,
            how_to_load_steo=HOW_TO_LOAD,
        )
    )
    (site / "index.html").write_text(html, encoding="utf-8")
    write_quality_page(site)


def _quality(source: str) -> list[dict[str, Any]]:
    """The newest batch of each series of the source, with the number of flagged rows."""
    newest = newest_batches(source)
    flags = caught_by_rule(newest, "flag").groupby(["commodity", "frequency"])["caught"].sum()
    return [
        {
            **{str(name): value for name, value in row.items()},
            "target": get_settings().quality_target,
            "gaps": caught_by(row, "no-gap-before"),
            "flags": int(flags.get((row["commodity"], row["frequency"]), 0)),
        }
        for row in newest.to_dict("records")
    ]


def _log_notebooks(
    tasks: dict[str, dict[str, str]], notebooks: dict[str, Path], source: str, code_version: str
) -> None:
    """Put each executed notebook into MLflow: a training's into its own run, all into the run's."""
    tags = {"source": source, "code_version": code_version}
    with open_run("wellhead-pipeline", f"pipeline {source}", {"source": source}, tags) as run:
        for name, path in notebooks.items():
            run.log_file(path, "notebooks")
            if "trained" in tasks[name]:
                trained = json.loads(Path(tasks[name]["trained"]).read_text(encoding="utf-8"))
                existing_run(trained["run_id"]).log_file(path, "notebooks")
