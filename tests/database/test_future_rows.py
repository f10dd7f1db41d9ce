"""A row from the future in the table changes no result from before it is known."""

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data, get_vintages
from wellhead.database.schema import SCHEMA
from wellhead.evaluation.backtesting.backtest import BacktestPlan, backtest
from wellhead.evaluation.scoring.scores import score
from wellhead.workflows.modelling.features import make_features

DAYS = pd.bdate_range("2015-01-01", periods=900, tz="UTC")
PLAN = BacktestPlan(start="2017-06-01", step=63, refit=10_000, horizon=5)


def _store(days: pd.DatetimeIndex, values: np.ndarray, known: pd.DatetimeIndex) -> None:
    """Insert rows directly into the table, without the checks that would reject them."""
    rows = pd.DataFrame({"observed_at": days, "available_at": known, "value": values})
    rows = rows.assign(
        commodity="WTI",
        source="test",
        frequency="daily",
        unit="USD/bbl",
        batch_id="b",
        recorded_at=now(),
    )
    with get_engine().begin() as connection:
        connection.execute(sa.insert(SCHEMA["observations"]), rows.to_dict("records"))


def _everything() -> dict[str, pd.DataFrame]:
    table = make_features(find_instrument("WTI"), "test")
    made = {"prices": get_price_data("WTI", "2015-01-01"), "features": table}
    made["vintages"] = get_vintages(SeriesKey("WTI", "test"))
    for model in ("no-change", "drift", "arima"):
        made[model] = backtest(model, {}, table, PLAN, "weekdays")
    for model in ("drift", "arima"):
        made[f"scores of {model}"] = score(made[model], made["no-change"])
    return made


@pytest.mark.usefixtures("database")
def test_rows_from_the_future_change_no_feature_no_backtest_no_score() -> None:
    walk = 50 + np.random.default_rng(0).normal(size=len(DAYS)).cumsum()
    _store(DAYS, walk, DAYS + pd.Timedelta(hours=23))
    before = _everything()
    tomorrow = now() + pd.Timedelta(days=1)
    revised = DAYS[::7]
    _store(revised, walk[::7] * 9, pd.DatetimeIndex([tomorrow] * len(revised)))
    to_come = pd.bdate_range(tomorrow.normalize(), periods=20)
    _store(to_come, np.full(20, 999.0), to_come + pd.Timedelta(hours=23))
    after = _everything()
    for name, made in before.items():
        pd.testing.assert_frame_equal(after[name], made, check_exact=True, obj=name)
