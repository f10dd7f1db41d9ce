"""How much faster a run is with forked kernels than with kernels that start by themselves.

    .venv/bin/python benchmarks/kernels.py [pairs=3]

Each pair is two first runs of the small pipeline of the tests (`env.test.yaml`), one after the
other on one machine, in turns. The ratio is the median over the pairs.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
FORKED = "from wellhead.cli import main; main()"
# Where the system has no process file descriptors, kernels start by themselves.
BY_THEMSELVES = f"import os; del os.pidfd_open; {FORKED}"


def seconds(program: str) -> float:
    """The time of a first run in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="wellhead-benchmark-") as folder:
        environment = {
            "WELLHEAD_SOURCE": "archive",
            "WELLHEAD_VAR_DIR": f"{folder}/var",
            "WELLHEAD_ARTIFACTS_DIR": f"{folder}/artifacts",
        }
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-c", program, "run", "--env", "env.test.yaml"],
            env={**os.environ, **environment},
            cwd=HOME,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.monotonic() - began


def main() -> None:
    """Print both times of each pair, and the median ratio."""
    ratios = []
    for pair in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        order = (FORKED, BY_THEMSELVES) if pair % 2 else (BY_THEMSELVES, FORKED)
        took = {program: seconds(program) for program in order}
        ratios.append(took[FORKED] / took[BY_THEMSELVES])
        print(
            f"forked {took[FORKED]:.0f} s, by themselves {took[BY_THEMSELVES]:.0f} s: "
            f"{ratios[-1]:.2f} times as long",
            flush=True,
        )
    print(f"median: {statistics.median(ratios):.2f} times as long with forked kernels")


if __name__ == "__main__":
    main()
