"""Time and memory of the main job: a first run, and a run with no change.

    .venv/bin/python benchmarks/main_job.py

Runs in a temporary folder. Memory is the sum over all processes of the run (kernels, database) of
their proportional share, sampled every two seconds; the peak is printed.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

HOME = Path(__file__).resolve().parents[1]


def measure(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak MiB of one `wellhead run`."""
    program = Path(sys.executable).with_name("wellhead")
    began, peak = time.monotonic(), 0.0
    process = subprocess.Popen(
        [program, "run"], env={**os.environ, **environment}, cwd=HOME, stdout=subprocess.DEVNULL
    )
    while process.poll() is None:
        peak = max(peak, memory(process.pid, environment["WELLHEAD_VAR_DIR"]))
        time.sleep(2)  # reading the shares takes time that the run would use
    if process.returncode:
        raise SystemExit(f"the run failed with exit code {process.returncode}")
    return time.monotonic() - began, peak


def memory(pid: int, var: str) -> float:
    """MiB of the run's process tree and of its database, which is a daemon of its own."""
    try:
        tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and any(var in word for word in words):
            tree += [process, *process.children(recursive=True)]
    return sum(_share(process) for process in set(tree)) / 2**20


def _share(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def main() -> None:
    """Print one line for the first run and one for the run with no change."""
    with tempfile.TemporaryDirectory(prefix="wellhead-benchmark-") as folder:
        environment = {
            "WELLHEAD_SOURCE": "archive",
            "WELLHEAD_VAR_DIR": f"{folder}/var",
            "WELLHEAD_ARTIFACTS_DIR": f"{folder}/artifacts",
        }
        for name, limit in (("first run", 300), ("no change", 15)):
            seconds, peak = measure(environment)
            print(f"{name}: {seconds:.1f} s (goal: {limit} s), peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
