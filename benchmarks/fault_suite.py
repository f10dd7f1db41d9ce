"""The fault suite: faults of the live sources, and how each ends.

    .venv/bin/python benchmarks/fault_suite.py

Runs `tests/ingestion/test_fault_suite.py` (a server on loopback that answers wrongly, the real
clients, `ingest`, an embedded database) and prints one line per scenario. Exits with 1 if a
scenario does not end as it should.
"""

import os
import sys
import time
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]


class Lines:
    """A plugin that prints what each scenario recorded."""

    def __init__(self) -> None:
        self.ran = self.failed = self.wrong = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print one line per scenario; a failed one is marked."""
        if report.when != "call" and not report.failed:
            return
        properties = dict(report.user_properties)
        self.ran += 1
        self.failed += report.failed
        self.wrong += int(str(properties.get("wrong", 0)))
        name, outcome = properties.get("scenario", report.nodeid), properties.get("outcome", "?")
        mark = "FAILED" if report.failed else f"{properties.get('wrong')} rows wrong"
        print(f"{name!s:62} {outcome!s:24} {properties.get('requests', '?')!s:>3} requests  {mark}")


def main() -> int:
    """Print the table and one line of sums."""
    began, lines = time.monotonic(), Lines()
    os.chdir(HOME)
    quietly = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:randomly", "-s"]
    code = pytest.main(["tests/ingestion/test_fault_suite.py", *quietly], plugins=[lines])
    print(
        f"\n{lines.ran} scenarios, {lines.failed} not as they should be, {lines.wrong} rows wrong, "
        f"{time.monotonic() - began:.0f} s"
    )
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
