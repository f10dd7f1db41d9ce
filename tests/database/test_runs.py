"""One run at a time, and the record of runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from wellhead.database.operations import read_table
from wellhead.database.runs import end_run, one_run_at_a_time, start_run
from wellhead.errors import BusyError, StorageError

pytestmark = pytest.mark.usefixtures("database")


def test_a_second_run_is_refused_with_the_start_of_the_first() -> None:
    with one_run_at_a_time():
        start_run("archive")
        with pytest.raises(BusyError, match=r"since \d\d:\d\d:\d\d UTC"), one_run_at_a_time():
            pytest.fail("two runs at once")
    with one_run_at_a_time():
        pass


def test_a_run_that_dies_releases_its_lock(database: sa.Engine) -> None:
    def die() -> None:
        with one_run_at_a_time(), database.connect() as other:
            other.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
            )

    with ThreadPoolExecutor(1) as pool, pytest.raises(StorageError):
        pool.submit(die).result()
    with one_run_at_a_time():
        pass


def test_a_run_is_recorded_from_its_start_to_its_end() -> None:
    run_id = start_run("archive")
    (row,) = read_table("pipeline_runs").to_dict("records")
    assert row["status"] == "running"
    end_run(run_id, "failed", {"train": {"seconds": 1.0, "outcome": "failed"}}, "why")
    (row,) = read_table("pipeline_runs").to_dict("records")
    assert (row["status"], row["error"]) == ("failed", "why")
    assert row["tasks"]["train"]["outcome"] == "failed"
    assert row["ended_at"] >= row["started_at"]
