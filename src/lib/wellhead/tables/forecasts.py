"""Forecasts: what was said of prices, by models and by EIA, how it did, and who is champion."""

from wellhead.tables.shapes import OF_PRICE, RECORDED_AT, Column, Table

# The statistics of every forecast, in the order they are stored and shown.
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
STATISTICS = ("mean", *(f"q{quantile:g}" for quantile in QUANTILES))

BENCHMARK = "no-change"  # the model that all others are scored against

_TARGET_KINDS = "'daily': the price on a business day; 'monthly': the average of a month."
_STEPS = "business days, or months"

FORECASTS = Table(
    "forecasts",
    "The ledger: one statistic of one forecast for one day. Never changed, never removed.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("model", "text", "Key of the model.", key=True),
        Column("model_version", "text", "Version in the model registry.", key=True),
        Column("source", "text", "Source of the prices it was made from.", key=True),
        Column("made_at", "timestamp", "The information it could use: everything available "
               "until then.", "UTC", key=True),
        Column("target_at", "timestamp", "The day it is about, or the first day of the month.",
               "UTC", key=True),
        Column("statistic", "text", "'mean' or a quantile: 'q0.025' to 'q0.975'.", key=True),
        Column("horizon", "integer", "Steps from the last observed day to the target; of months, "
               "from the running one.", _STEPS),
        Column("value", "float", "The forecast. Signed.", OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("last_observed_at", "timestamp", "The day of the last price it was made from.",
               "UTC"),
        Column("run_id", "text", "MLflow run that trained the model."),
        Column("code_version", "text", "Digest of the code that made it."),
        RECORDED_AT,
    ),
)  # fmt: skip

BACKTESTS = Table(
    "backtests",
    "What a model version would have said at one past moment of one target, and what came.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("model", "text", "Key of the model.", key=True),
        Column("model_version", "text", "Version in the model registry.", key=True),
        Column("made_at", "timestamp", "The information it could use: everything available "
               "until then.", "UTC", key=True),
        Column("horizon", "integer", "Steps ahead.", _STEPS, key=True),
        Column("target_at", "timestamp", "The day it is about, or the first day of the month.",
               "UTC"),
        Column("last_observed_at", "timestamp", "The day of the last price it was made from.",
               "UTC"),
        Column("last_value", "float", "That price: no-change's forecast.", OF_PRICE),
        Column("one_step_mae", "float", "Mean absolute change from day to day until then.",
               OF_PRICE),
        *(Column(name, "float", "The forecast's mean." if name == "mean" else
                 f"Its quantile {name[1:]}.", OF_PRICE) for name in STATISTICS),
        Column("actual", "float", "What came; absent where it is not known yet.", OF_PRICE,
               nullable=True),
        Column("actual_available_at", "timestamp", "When one could have known what came.", "UTC",
               nullable=True),
        Column("run_id", "text", "MLflow run of the backtest."),
        RECORDED_AT,
    ),
)  # fmt: skip

OUTLOOKS = Table(
    "outlooks",
    "What an issue of EIA's Short-Term Energy Outlook says of one month of an instrument.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("issue", "text", "The month of the issue, as '2020-04'.", key=True),
        Column("target_at", "timestamp", "The first day of the month it is about.", "UTC",
               key=True),
        Column("series", "text", "EIA's code of the series."),
        Column("kind", "text", "'forecast', or 'estimate' of a month before the issue's."),
        Column("value", "float", "The average of the month.", OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("available_at", "timestamp", "When the issue was published, by EIA's rule; its "
               "information ends on the Thursday before.", "UTC"),
        RECORDED_AT,
    ),
)  # fmt: skip

SCORES = Table(
    "scores",
    "The leaderboard: one metric of one model version's backtest, at one horizon.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("model", "text", "Key of the model.", key=True),
        Column("model_version", "text", "Version in the model registry.", key=True),
        Column("horizon", "integer", "Steps ahead; -1 pools all horizons.", _STEPS, key=True),
        Column("metric", "text", "Name of the metric (docs/metrics.md).", key=True),
        Column("value", "float", "Its value; absent where it is not defined.", nullable=True),
        Column("origins", "integer", "Forecast origins it was computed from.", "origins"),
        Column("first_origin", "timestamp", "The first of them.", "UTC"),
        Column("last_origin", "timestamp", "The last of them.", "UTC"),
        Column("run_id", "text", "MLflow run of the backtest."),
        RECORDED_AT,
    ),
)

PROMOTIONS = Table(
    "promotions",
    "One decision on who is champion, with its reason.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("decided_at", "timestamp", "When it was decided.", "UTC", key=True),
        Column("model", "text", "Key of the champion."),
        Column("model_version", "text", "Its version in the model registry."),
        Column("reason", "text", "Why, in words and figures."),
        Column("alarm", "boolean", "Whether a decayed champion was demoted. A rollback keeps the "
               "alarm of the decision before it."),
        RECORDED_AT,
    ),
)  # fmt: skip

TRACK_RECORDS = Table(
    "track_records",
    "How the forecasts of one model in the ledger had done at one horizon when an outcome came.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("source", "text", "Source of the prices they were made from.", key=True),
        Column("model", "text", "Key of the model, all its versions.", key=True),
        Column("horizon", "integer", "Steps ahead; of months, 0 is the running one.", _STEPS,
               key=True),
        Column("known_at", "timestamp", "When the newest outcome could be known.", "UTC",
               key=True),
        Column("outcomes", "integer", "Newest outcomes that the shares are of.", "outcomes"),
        Column("coverage_80", "float", "Share of them inside the 80 % band.", "0 to 1"),
        Column("coverage_95", "float", "Share of them inside the 95 % band.", "0 to 1"),
        Column("drift_outcomes", "integer", "Newest outcomes that the ratio is of.", "outcomes"),
        Column("mspe_ratio", "float", "Squared error over that of no-change; absent while the "
               "price has not moved.", nullable=True),
        Column("p_worse", "float", "Probability that so much worse than no-change is chance, "
               "corrected for the horizons.", "0 to 1"),
        Column("alarm", "boolean", "Whether it is worse by more than noise: decayed."),
        RECORDED_AT,
    ),
)  # fmt: skip
