"""What grows on disk besides the database, what retention keeps, and the last backup."""

from pathlib import Path

from wellhead.calendars import now
from wellhead.settings import get_settings
from wellhead.workflows.operations.backup import last_backup


def growth_lines() -> list[tuple[str, str]]:
    """Pairs of a topic and its text, for `wellhead database status`."""
    settings = get_settings()
    return [
        ("models", _size(settings.var / "mlflow")),
        ("artifacts", _size(settings.artifacts)),
        ("retention", _retention(settings.keep_versions)),
        ("backup", _backup()),
    ]


def _size(folder: Path) -> str:
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return f"{len(sizes):,} file{'s' * (len(sizes) != 1)}, {sum(sizes) / 1e6:,.1f} MB in {folder}"


def _retention(kept: int) -> str:
    return (
        f"the newest {kept} trainings of each model are whole (WELLHEAD_KEEP_VERSIONS); champions, "
        "prices, forecasts, scores and decisions are kept for ever"
    )


def _backup() -> str:
    made = last_backup()
    if made is None:
        return "none is known here: run `wellhead database backup FILE`"
    days = (now() - made.made_at).days
    gone = "" if made.file.exists() else "; the file is no longer there"
    return (
        f"{made.made_at:%Y-%m-%d %H:%M} UTC, {days} day{'s' * (days != 1)} ago, {made.file}{gone}: "
        f"{made.bytes / 1e6:,.1f} MB, the database and {made.models:,} files of models"
    )
