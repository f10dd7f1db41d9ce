"""Publishes the site: one page, its charts and every executed notebook.

The site is in `artifacts/site`. It opens from disk in any browser and requests nothing from the
network.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from wellhead import __version__
from wellhead.calendars import STALE_AFTER_DAYS, now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import HOW_TO_LOAD
from wellhead.errors import NoDataError
from wellhead.files import temporary_folder
from wellhead.settings import get_settings
from wellhead.tracking.retention import PIPELINE
from wellhead.tracking.runs import existing_run, open_run
from wellhead.workflows.market.analysis import MARKET, stored_analysis
from wellhead.workflows.market.results import BriefResult, BriefSentence
from wellhead.workflows.products import products_by_task
from wellhead.workflows.publishing.commodity_page import commodity_page
from wellhead.workflows.publishing.html import SCRIPT, notebook_html, templates
from wellhead.workflows.publishing.quality_page import write_quality_page
from wellhead.workflows.quality.reports import caught_by, caught_by_rule, newest_batches

Tasks = dict[str, dict[str, str]]
"""Task -> its products (name -> path)."""


def publish(
    product: Any, upstream: Any, source: str, commodities: list[str], code_version: str
) -> None:
    """Build the site from the products of a run; the pipeline calls this as its last task.

    `product` and `upstream` are Ploomber's: the page to write, `index`, and all tasks' products.
    """
    tasks = products_by_task(upstream.to_json_serializable())
    instruments = [find_instrument(key) for key in commodities]
    site = Path(str(product["index"])).parent
    with temporary_folder(site.parent) as temporary:
        new = Path(temporary, "site")
        _write_site(new, tasks, source, instruments)
        if site.exists():
            site.rename(Path(temporary, "old"))
        new.rename(site)
    _log_notebooks(tasks, source, code_version)


def _notebooks(tasks: Tasks) -> dict[str, Path]:
    return {name: Path(products["nb"]) for name, products in tasks.items() if "nb" in products}


def _write_site(site: Path, tasks: Tasks, source: str, instruments: list[Instrument]) -> None:
    (site / "notebooks").mkdir(parents=True)
    (site / SCRIPT).write_text(get_plotlyjs(), encoding="utf-8")
    for name, path in _notebooks(tasks).items():
        (site / "notebooks" / f"{name}.html").write_text(notebook_html(path), encoding="utf-8")
    for instrument in instruments:
        name = f"forecast-{instrument.key}"
        shutil.copy(tasks[name]["csv"], site / f"{name}.csv")
    html = _index_html(tasks, source, instruments)
    (site / "index.html").write_text(html, encoding="utf-8")
    write_quality_page(site)


def _index_html(tasks: Tasks, source: str, instruments: list[Instrument]) -> str:
    return (
        templates()
        .get_template("index.html.j2")
        .render(
            pages=[commodity_page(instrument, tasks) for instrument in instruments],
            brief=_brief(source),
            quality=_quality(source),
            notebooks=list(_notebooks(tasks)),
            source=source,
            made=now(),
            version=__version__,
            script=SCRIPT,
            stale_after=STALE_AFTER_DAYS,
            how_to_load_steo=HOW_TO_LOAD,
        )
    )


def _brief(source: str) -> list[BriefSentence]:
    try:
        result = stored_analysis(MARKET, "brief", source=source).result
    except NoDataError:
        return []
    return result.sentences if isinstance(result, BriefResult) else []


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


def _log_notebooks(tasks: Tasks, source: str, code_version: str) -> None:
    """Log all notebooks to the pipeline's MLflow run, and a training's to its own run as well."""
    tags = {"source": source, "code_version": code_version}
    with open_run(PIPELINE, f"pipeline {source}", {"source": source}, tags) as run:
        for name, path in _notebooks(tasks).items():
            run.log_file(path, "notebooks")
            if "trained" in tasks[name]:
                trained = json.loads(Path(tasks[name]["trained"]).read_text(encoding="utf-8"))
                existing_run(trained["run_id"]).log_file(path, "notebooks")
