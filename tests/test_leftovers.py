"""What a killed process left is removed; what a living one uses stays."""

import os
import subprocess
import sys
from pathlib import Path

from wellhead.files import remove_leftovers, replacing, temporary_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from wellhead.files import replacing, temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder, replacing(Path(sys.argv[1], "x.csv")) as path:
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _kill_a_writer(folder: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, folder], check=False)
    assert ended.returncode < 0
    assert len(list(folder.iterdir())) == 2


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    below = tmp_path / "models"
    _kill_a_writer(below)
    (below / "kept.csv").write_text("1")
    remove_leftovers(tmp_path)
    assert len(list(below.iterdir())) == 3
    remove_leftovers(tmp_path, below=True)
    assert [path.name for path in below.iterdir()] == ["kept.csv"]


def test_what_a_living_process_uses_stays(tmp_path: Path) -> None:
    with temporary_folder(tmp_path) as folder, replacing(tmp_path / "x.csv") as path:
        path.write_text("1")
        remove_leftovers(tmp_path)
        assert folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_the_number_of_a_process_that_is_younger_than_the_file_does_not_count(
    tmp_path: Path,
) -> None:
    """In a container, the next program often has the number of the one before."""
    old = tmp_path / f".wellhead-tmp-{os.getpid()}-abc"
    old.write_text("")
    os.utime(old, (1, 1))
    remove_leftovers(tmp_path)
    assert not old.exists()


def test_other_files_with_similar_names_stay(tmp_path: Path) -> None:
    for name in (".wellhead-tmp-notes", "wellhead-tmp-1-x", ".wellhead-tmp-x1-y"):
        (tmp_path / name).write_text("")
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
