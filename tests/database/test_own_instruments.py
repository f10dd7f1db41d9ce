"""An instrument of one's own stays known to programs that start later, in real processes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

PRICES = "date,value\n2024-01-02,8500\n2024-01-03,8600\n"
READ = """
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.operations import get_price_data
print(find_instrument("tin").name, get_price_data("TIN", "2024-01-01")["value"].tolist())
"""


def _python(code: str, var: Path, **settings: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "WELLHEAD_VAR_DIR": str(var), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout.strip()


def test_parallel_loads_remember_all_and_a_later_program_reads_them(
    database: sa.Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    names = ["TIN", "ZINC", "LEAD"]
    (folder / "instruments.yml").write_text(
        "".join(
            f"{name}: {{name: {name.title()}, unit: USD/t, calendar: LSE, plausible: [0, 90000]}}\n"
            for name in names
        )
    )
    for name in names:
        (folder / f"{name.lower()}.csv").write_text(PRICES)
    load = (
        "from wellhead.workflows.loading.ingest import ingest; "
        "from wellhead.workflows.loading.sources import find_at_source; "
        "ingest(*find_at_source({!r}, 'csv'))"
    )
    with ThreadPoolExecutor(len(names)) as pool:
        csv = {"WELLHEAD_CSV_DIR": str(folder)}
        list(pool.map(lambda name: _python(load.format(name), tmp_path / "var", **csv), names))
    assert _python(READ, tmp_path / "var") == "Tin [8500.0, 8600.0]"
    kept = (tmp_path / "var" / "instruments.yml").read_text()
    assert all(f"{name}:\n" in kept for name in names)
