"""Saved models are whole or refused."""

from pathlib import Path

import pytest

from wellhead.errors import ArtifactError
from wellhead.models.artifacts import Artifact, manifest_digest, read_artifact, write_artifact

ARTIFACT = Artifact("drift", {"a.json": b"{}", "b.bin": bytes(range(256))})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    write_artifact(tmp_path / "deep" / "saved", ARTIFACT)
    return tmp_path / "deep" / "saved"


def test_what_is_written_is_read(saved: Path) -> None:
    assert read_artifact(saved) == ARTIFACT
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


def test_writing_again_replaces_all_files(saved: Path) -> None:
    write_artifact(saved, Artifact("drift", {"c.json": b"1"}))
    assert read_artifact(saved).files == {"c.json": b"1"}


def test_a_missing_file_is_named(saved: Path) -> None:
    (saved / "b.bin").unlink()
    with pytest.raises(ArtifactError, match=r"b\.bin is missing"):
        read_artifact(saved)


def test_an_extra_file_is_named(saved: Path) -> None:
    (saved / "model.pkl").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"model\.pkl is not in its manifest"):
        read_artifact(saved)


def test_a_changed_file_is_named(saved: Path) -> None:
    (saved / "a.json").write_bytes(b"[]")
    with pytest.raises(ArtifactError, match=r"a\.json was changed"):
        read_artifact(saved)


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{}", '{"format_version": 1, "model": "x"}', "[" * 100_000, "{" + " " * 2_000_000],
)
def test_a_manifest_that_makes_no_sense_is_refused(saved: Path, manifest: str) -> None:
    (saved / "manifest.json").write_text(manifest)
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_artifact(saved)


def test_a_registered_manifest_is_the_only_one(saved: Path) -> None:
    registered = manifest_digest(saved)
    assert read_artifact(saved, registered) == ARTIFACT
    write_artifact(saved, Artifact("drift", {**ARTIFACT.files, "a.json": b"[]"}))
    read_artifact(saved)  # the folder by itself is sound
    with pytest.raises(ArtifactError, match="not the one that was registered"):
        read_artifact(saved, registered)


def test_another_format_is_refused(saved: Path) -> None:
    manifest = saved / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(ArtifactError, match="format 2"):
        read_artifact(saved)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="holds no saved model"):
        read_artifact(tmp_path)


def test_a_failed_write_leaves_the_earlier_model(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(path: Path, content: bytes) -> int:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="no space"):
        patched.setattr(Path, "write_bytes", full_disk)
        write_artifact(saved, Artifact("drift", {"c.json": b"1"}))
    assert read_artifact(saved) == ARTIFACT
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]
