"""The page of data quality on the site: every rule with its reason and its newest result.

It replaces Great Expectations' Data Docs, which load their style from other servers.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from wellhead import __version__
from wellhead.calendars import now
from wellhead.charts.quality import quality_chart
from wellhead.settings import get_settings
from wellhead.validation.gaps import known_gaps
from wellhead.validation.suites import load_suite, suite_tables
from wellhead.validation.tolerances import labelled_tolerances
from wellhead.workflows.publishing.html import SCRIPT, chart_html, templates, untitled
from wellhead.workflows.quality.completeness import completeness
from wellhead.workflows.quality.quarantine import open_rows
from wellhead.workflows.quality.reconciliation import compared_pairs, summary, worst_days
from wellhead.workflows.quality.reports import newest_batches, source_quality
from wellhead.workflows.quality.rows_shown import cells_text, with_refused_in_one_line

_DAYS_SHOWN = 30
_ROWS_SHOWN = 100


def write_quality_page(site: Path) -> Path:
    """Write `quality/index.html` of the site, from what is stored now."""
    page = site / "quality" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    html = (
        templates()
        .get_template("quality.html.j2")
        .render(**_facts(), made=now(), version=__version__, script=f"../{SCRIPT}")
    )
    page.write_text(html, encoding="utf-8")
    return page


def _facts() -> dict[str, Any]:
    """The values of the template."""
    days, target = source_quality(), get_settings().quality_target
    complete, pairs, waiting = completeness(), compared_pairs(), open_rows()
    lines = with_refused_in_one_line(waiting).head(_ROWS_SHOWN)
    return {
        "target": target,
        "chart": chart_html(untitled(quality_chart(days, target)), "scores") if len(days) else "",
        "days": _records(days.sort_values("day", ascending=False).head(_DAYS_SHOWN)),
        "loads": [_load(batch) for batch in newest_batches().to_dict("records")],
        "completeness": _records(complete.series),
        "gaps": _gaps(complete.gaps),
        "pairs": _records(summary(pairs)),
        "beyond": _records(worst_days(pairs)),
        "waiting": len(waiting),
        "rows": _records(lines.assign(cells=lines["row"].map(cells_text))),
        "suites": [load_suite(table) for table in suite_tables()],
        "known_gaps": known_gaps(),
        "tolerances": [{"what": what, "must": must} for what, must in labelled_tolerances()],
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _load(batch: dict[Any, Any]) -> dict[str, Any]:
    """A batch with its rule results as a list, in the order of the suite."""
    order = {rule.name: place for place, rule in enumerate(load_suite("observations").rules)}
    results = sorted(batch["rules"].items(), key=lambda named: order.get(named[0], len(order)))
    return {
        **{str(name): value for name, value in batch.items()},
        "results": [{"rule": rule, **result} for rule, result in results],
        "flags": sum(r["caught"] for _, r in results if r["severity"] == "flag"),
    }


def _gaps(unexplained: pd.DataFrame) -> list[dict[str, str]]:
    """The unexplained days of each series in one line, newest first."""
    keys = ["commodity", "frequency", "source"]
    return [
        {
            **{str(name): str(value) for name, value in zip(keys, group, strict=True)},
            "days": ", ".join(part["day"].sort_values(ascending=False).dt.strftime("%Y-%m-%d")),
        }
        for group, part in unexplained.groupby(keys)
    ]
