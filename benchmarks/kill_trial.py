"""Kill runs of the pipeline again and again: does the last one end as if nothing had happened?

    .venv/bin/python benchmarks/kill_trial.py [points] [--seed 1]

Runs the small pipeline of `env.test.yaml` once undisturbed. Then it starts runs on another
workbench and after a random time kills the program, one of its kernels or the database server; the
next run continues, until one reaches the end. That is repeated on new workbenches up to `points`
kills (36 by default). The products of each workbench are compared with the undisturbed ones: stored
prices, forecasts, scores, champions and published tables. Versions and times differ and do not
count. At the end it looks for what killed programs may have left: processes, half-written files,
folders and sockets. Prints one line a kill; the exit status is 1 if anything differs or is left.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

HOME = Path(__file__).resolve().parents[1]
VARYING = {
    *("run_id", "model_version", "previous_version", "code_version", "batch_id", "reason", "alarm"),
    *("grounds", "recorded_at", "decided_at", "fetched_at", "known_at"),
}
TABLES = (
    "observations",
    "forecasts",
    "scores",
    "promotions",
    "track_records",
    "analyses",
)
COMPARE = f"""
import hashlib, sys
from wellhead.database.operations import read_table
for name in {TABLES!r}:
    rows = read_table(name)
    rows = rows[[c for c in rows if c not in {VARYING!r}]].astype(str).drop_duplicates()
    rows = rows.sort_values(list(rows), ignore_index=True)
    print(name, len(rows), hashlib.sha256(rows.to_csv().encode()).hexdigest()[:16])
"""


def settings(folder: Path) -> dict[str, str]:
    """The environment that leads to a workbench in a folder."""
    return {
        **os.environ,
        "WELLHEAD_SOURCE": "archive",
        "WELLHEAD_ENV_FILE": os.devnull,
        "WELLHEAD_VAR_DIR": str(folder / "var"),
        "WELLHEAD_ARTIFACTS_DIR": str(folder / "artifacts"),
    }


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a run."""
    program = Path(sys.executable).with_name("wellhead")
    return subprocess.Popen(
        [program, "run", "--env", "env.test.yaml"],
        cwd=HOME,
        env=settings(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def processes(folder: Path) -> list[psutil.Process]:
    """The processes of a workbench: those that have its folder in their command or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            found.append(process)
    return found


def kill_one(folder: Path, run: "subprocess.Popen[bytes]", rng: random.Random) -> str:
    """Kill the run, one of its kernels or the database server; returns which."""
    kernels = [each for each in processes(folder) if "ipykernel_launcher" in each.cmdline()]
    servers = [each for each in processes(folder) if Path(each.cmdline()[0]).name == "postgres"]
    kind = rng.choices(["run", "kernel", "server"], weights=[29, 4, 3])[0]
    if kind == "kernel" and kernels:
        rng.choice(kernels).kill()
    elif kind == "server" and servers:
        servers[0].kill()
    else:
        kind = "run"
        run.kill()
    return kind


def digests(folder: Path) -> list[str]:
    """A line a product: its name, size and digest."""
    compared = subprocess.run(
        [sys.executable, "-c", COMPARE],
        env=settings(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = compared.stdout.splitlines()
    for path in sorted((folder / "artifacts").rglob("forecast-*.csv")):
        columns = subprocess.list2cmdline([path.name])
        lines.append(f"{columns} {len(path.read_text().splitlines())} rows")
    for path in sorted((folder / "artifacts" / "features").rglob("*.parquet")):
        lines.append(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}")
    return lines


def leftovers(folder: Path, before: set[str]) -> list[str]:
    """What killed programs left, ten seconds after the last one ended."""
    deadline = time.monotonic() + 10
    while processes(folder) and time.monotonic() < deadline:
        time.sleep(0.5)
    living = [f"process {each.pid}: {' '.join(each.cmdline())[:80]}" for each in processes(folder)]
    half = [str(path) for path in folder.rglob(".wellhead-tmp-*")]
    return [*living, *half, *sorted(shared_folders() - before)]


def shared_folders() -> set[str]:
    """Our folders among the system's temporary ones."""
    place = Path(tempfile.gettempdir())
    found = [*place.glob(".wellhead-tmp-*"), *place.glob("wellhead-socket-*")]
    return {str(path) for path in found}


def disturbed(folder: Path, points: int, rng: random.Random) -> int:
    """Kill runs until one reaches the end, `points` times at most; returns how often."""
    kills = 0
    while kills < points:
        run, wait = start(folder), rng.uniform(4, 25)
        try:
            if run.wait(wait) == 0:
                return kills
            print(f"  after {wait:4.1f} s: the run had failed", flush=True)
        except subprocess.TimeoutExpired:
            kind = kill_one(folder, run, rng)
            kills += 1
            print(f"  {kind} after {wait:4.1f} s, exit {run.wait()}", flush=True)
    if start(folder).wait():
        raise SystemExit("the last run failed")
    return kills


def main() -> None:
    """Print one line a kill, then the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("points", type=int, nargs="?", default=36)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng, kills, differing = random.Random(given.seed), 0, False  # noqa: S311 - no secret
    before = shared_folders()
    with tempfile.TemporaryDirectory(prefix="kill-trial-") as place:
        calm = Path(place, "calm")
        if start(calm).wait():
            raise SystemExit("the undisturbed run failed")
        expected = digests(calm)
        while kills < given.points:
            folder = Path(place, f"killed-{kills}")
            kills += disturbed(folder, min(12, given.points - kills), rng)
            found = digests(folder)
            same = "equal" if found == expected else f"differ: {sorted({*found} ^ {*expected})}"
            differing |= found != expected
            print(f"{kills} kills; products {same}", flush=True)
        left = leftovers(Path(place), before)
    print("left behind:" if left else "nothing is left behind", *left, sep="\n  ")
    sys.exit(bool(differing or left))


if __name__ == "__main__":
    main()
