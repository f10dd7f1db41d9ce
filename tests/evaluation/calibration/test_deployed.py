"""A deployed forecaster forecasts as its backtest did."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.frames import no_change, walk
from wellhead.errors import ArtifactError, InputError
from wellhead.evaluation.calibration.calibration import calibrate, corrected, corrections
from wellhead.evaluation.calibration.combination import (
    combination_weights,
    combine,
    next_weights,
)
from wellhead.evaluation.calibration.deployed import (
    CalibratedForecaster,
    CombinedForecaster,
    DeployedForecaster,
    load_deployed,
)
from wellhead.evaluation.calibration.weights import METHODS
from wellhead.models import create
from wellhead.models.artifacts import files_below, manifest_digest
from wellhead.tables import STATISTICS

CALENDAR = "weekdays"
DAYS = pd.bdate_range("2000-01-03", periods=900, tz="UTC", name="observed_at")


def prices(seed: int = 1) -> "pd.Series[float]":
    return pd.Series(walk(seed, len(DAYS)), index=DAYS, name="value")


def frames(seed: int = 1) -> dict[str, pd.DataFrame]:
    price = prices(seed).to_numpy()
    return {
        "no-change": no_change(price, (1, 5, 21), deviation=0.5),
        "drift": no_change(price, (1, 5, 21), "drift", bias=0.4, deviation=2.0),
    }


def calibrated(name: str, backtest: pd.DataFrame) -> CalibratedForecaster:
    model = create(name).fit(prices().to_frame())
    return CalibratedForecaster(model, CALENDAR, corrections(backtest))


def combination(method: str = "constrained") -> CombinedForecaster:
    made = frames()
    members = {name: calibrated(name, frame) for name, frame in made.items()}
    learned = corrections(combine(made, method))
    return CombinedForecaster(members, CALENDAR, next_weights(made, method), learned)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 50), fifth=st.integers(8, 170), method=st.sampled_from(METHODS))
def test_the_learned_tables_are_what_the_backtest_would_use_next(
    seed: int, fifth: int, method: str
) -> None:
    """One path for research and production: weights are learned anew at every fifth origin."""
    made = frames(seed)
    moment = made["drift"]["made_at"].iloc[5 * fifth]
    then = {name: known_at(frame, moment) for name, frame in made.items()}
    weights = combination_weights(made, method).set_index(["made_at", "target_kind", "horizon"])
    pd.testing.assert_frame_equal(next_weights(then, method), weights.loc[moment].sort_index())
    now = made["drift"][made["drift"]["made_at"] == moment]
    learned = corrections(then["drift"]).to_numpy(dtype=float)
    exact = calibrate(made["drift"]).loc[now.index, list(STATISTICS)].to_numpy(dtype=float)
    own = now[list(STATISTICS)].to_numpy(dtype=float)
    np.testing.assert_allclose(corrected(own, learned), exact, rtol=1e-9)


def known_at(frame: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """The backtest as it was then: later origins and outcomes are not there."""
    past = frame[frame["made_at"] <= moment]
    return past.assign(actual=past["actual"].where(past["actual_available_at"] <= moment))


def test_bands_that_were_too_narrow_come_out_wider_and_the_mean_stays() -> None:
    deployed = calibrated("no-change", frames()["no-change"])
    own = deployed.model.predict(prices().to_frame(), 21)
    forecast = deployed.predict(prices(), "daily", 21)
    assert np.allclose(forecast["mean"], own["mean"])
    width, narrow = (part["q0.9"] - part["q0.1"] for part in (forecast, own))
    assert (width.to_numpy()[:5] > 1.2 * narrow.to_numpy()[:5]).all()


def test_the_combination_is_the_weighted_mean_of_its_members() -> None:
    deployed = combination()
    forecast = deployed.predict(prices(), "daily", 5)
    members = [member.predict(prices(), "daily", 5)["mean"] for member in deployed.members.values()]
    learned = deployed.weights.loc["daily"]  # at horizons 1, 5 and 21
    ahead, at = np.sqrt(range(1, 6)), np.sqrt(learned.index.to_numpy())
    weights = np.column_stack([np.interp(ahead, at, learned[name]) for name in deployed.members])
    assert weights[0] == pytest.approx(learned.loc[1].to_numpy())
    assert np.allclose(forecast["mean"], (weights * np.column_stack(members)).sum(axis=1))
    assert weights.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("make", [combination, lambda: calibrated("drift", frames()["drift"])])
def test_a_loaded_forecaster_gives_identical_forecasts(make, tmp_path: Path) -> None:
    deployed: DeployedForecaster = make()
    deployed.save(tmp_path / "saved")
    loaded = load_deployed(tmp_path / "saved")
    pd.testing.assert_frame_equal(
        loaded.predict(prices(), "daily", 30),
        deployed.predict(prices(), "daily", 30),
        check_exact=True,
    )
    assert loaded.card() == deployed.card()


def test_a_changed_weight_or_member_is_refused(tmp_path: Path) -> None:
    combination().save(tmp_path / "saved")
    for changed in ("learned.json", "members/drift/learned.json", "members/drift/model/model.json"):
        path = tmp_path / "saved" / changed
        if not path.exists():
            path = next(path.parent.glob("*.json"))
        kept = path.read_bytes()
        path.write_bytes(kept + b" ")
        with pytest.raises(ArtifactError, match="was changed"):
            load_deployed(tmp_path / "saved")
        path.write_bytes(kept)
    load_deployed(tmp_path / "saved")


def _mutate(folder: Path, rng: np.random.Generator) -> str:
    """Change a saved model at random; returns what was changed."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path, other = (files[place] for place in rng.choice(len(files), size=2, replace=False))
    content = path.read_bytes()
    place = int(rng.integers(len(content)))
    changes = {
        "byte": lambda: (
            content[:place] + bytes([content[place] ^ 1 + place % 255]) + content[place + 1 :]
        ),
        "cut": lambda: content[:place],
        "longer": lambda: content + bytes(rng.integers(0, 256, 1 + place % 50, dtype=np.uint8)),
        "nested": lambda: b"[" * 50_000,
        "other": other.read_bytes,
    }
    kind = rng.choice([*changes, "deleted", "moved", "extra"])
    if kind == "deleted":
        path.unlink()
    elif kind == "moved":
        path.rename(path.with_name("moved"))
    elif kind == "extra":
        path.with_name("extra.pkl").write_bytes(content)
    else:
        path.write_bytes(changes[kind]())
    return f"{kind} {path.relative_to(folder)} {place}"


def test_no_mutation_of_a_registered_artifact_is_loaded(tmp_path: Path) -> None:
    combination().save(tmp_path / "saved")
    registered, rng = manifest_digest(tmp_path / "saved"), np.random.default_rng(7)
    sound = files_below(tmp_path / "saved")
    for number in range(600):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "saved", folder)
        what = _mutate(folder, rng)
        if files_below(folder) == sound:
            continue  # two files with the same content
        with pytest.raises(ArtifactError):
            pytest.fail(f"loaded after {what}: {load_deployed(folder, registered)}")
        shutil.rmtree(folder)


def test_a_model_of_before_is_refused_with_what_to_do(tmp_path: Path) -> None:
    create("drift").fit(prices().to_frame()).save(tmp_path / "old")
    with pytest.raises(ArtifactError, match="Train it again"):
        load_deployed(tmp_path / "old")


def test_a_target_that_was_not_trained_is_refused() -> None:
    with pytest.raises(InputError, match="ask for daily"):
        calibrated("drift", frames()["drift"]).predict(prices(), "monthly", 3)


def test_the_card_of_a_combination_can_be_kept_as_json() -> None:
    card = combination().card()
    assert card["members"] == ["no-change", "drift"]
    json.dumps(card, allow_nan=False)


def test_a_wrapper_that_mlflow_stored_earlier_still_loads_its_version(tmp_path: Path) -> None:
    from wellhead.training.published import load_published

    deployed = combination()
    deployed.save(tmp_path / "saved")
    forecast = load_published(tmp_path / "saved").predict(prices(), "daily", 30)
    pd.testing.assert_frame_equal(forecast, deployed.predict(prices(), "daily", 30))


def test_the_artifact_format_is_stable(tmp_path: Path) -> None:
    """A folder written file by file, with every key spelt out, loads and forecasts."""
    keys = [["daily", 1], ["daily", 5]]
    quantiles = ["q0.025", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.975"]
    corrections = {
        "columns": ["target_kind", "horizon", "kept", "stretch", *quantiles],
        "data": [[*key, 0.5, 2.0, *[0.0] * 7] for key in keys],
    }
    weights = {
        "columns": ["target_kind", "horizon", "no-change", "drift"],
        "data": [[*key, 0.25, 0.75] for key in keys],
    }
    learned = {"calendar": "weekdays", "corrections": corrections}
    folder = tmp_path / "combination"
    for name, files in {
        "no-change": {"parameters.json": {"band_window": 2500}},
        "drift": {
            "parameters.json": {"band_window": 2500, "drift_window": 2500},
            "drift.json": {"drift": 0.5},
        },
    }.items():
        write_sealed(folder / "members" / name / "model", name, files)
        write_sealed(folder / "members" / name, "calibrated", {"learned.json": learned})
    write_sealed(folder, "combination", {"learned.json": {**learned, "weights": weights}})
    forecast = load_deployed(folder).predict(prices(), "daily", 5)
    last = prices().iloc[-1]
    np.testing.assert_allclose(forecast["mean"], last + 0.75 * 0.5 * np.arange(1, 6))
    own = create("no-change").fit(prices().to_frame()).predict(prices().to_frame(), 5)
    # kept × stretch = 1 for each member, and again for the combination.
    np.testing.assert_allclose(
        forecast["q0.9"] - forecast["mean"], (own["q0.9"] - own["mean"]).to_numpy()
    )


def write_sealed(folder: Path, model: str, files: dict[str, object]) -> None:
    """Write JSON files and a manifest of everything below the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    digests = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    manifest = {"format_version": 1, "model": model, "files": digests}
    (folder / "manifest.json").write_text(json.dumps(manifest))
