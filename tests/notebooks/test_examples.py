"""The example notebook of the documents runs against a running API."""

from pathlib import Path

import papermill
import pytest

from tests.api.serving import served
from tests.paths import ROOT
from tests.workbench import Workbench


@pytest.mark.slow
def test_the_example_of_the_api_runs(shared_workbench: Workbench, tmp_path: Path) -> None:
    with served(shared_workbench.settings) as server:
        executed = papermill.execute_notebook(
            ROOT / "docs/examples/api.ipynb",
            tmp_path / "executed.ipynb",
            parameters={"url": server.url},
            progress_bar=False,
        )
    shown = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert any("application/vnd.plotly.v1+json" in each.get("data", {}) for each in shown)
    assert all(each["output_type"] != "stream" for each in shown)  # no warning
