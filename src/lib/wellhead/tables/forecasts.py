"""Forecasts of models and of EIA, the scores of backtests, and the champions."""

from wellhead.tables.shapes import OF_PRICE, RECORDED_AT, Column, Table, View

# The statistics of every forecast, in the order they are stored and shown.
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
STATISTICS = ("mean", *(f"q{quantile:g}" for quantile in QUANTILES))

BENCHMARK = "no-change"  # the model that all others are scored against

_TARGET_KINDS = "'daily': the price on a business day; 'monthly': the average of a month."
_STEPS = "business days, or months"

_FORECAST = (
    Column("commodity", "text", "Key of the instrument.", key=True),
    Column("target_kind", "text", _TARGET_KINDS, key=True),
    Column("model", "text", "Key of the model.", key=True),
    Column("model_version", "text", "Version in the model registry.", key=True),
    Column("source", "text", "Source of the prices that the model used.", key=True),
    Column("made_at", "timestamp", "The forecast uses only data available by then.", "UTC",
           key=True),
    Column("target_at", "timestamp", "The day forecast, or the first day of the month.", "UTC",
           key=True),
)  # fmt: skip # one column a line
_HORIZON = Column("horizon", "integer", "Steps from the last observed day to the target; monthly: "
                  "months from the current one.", _STEPS)  # fmt: skip
_MADE_WITH = (
    Column("unit", "text", "Unit of value."),
    Column("last_observed_at", "timestamp", "The day of the last price used.", "UTC"),
    Column("run_id", "text", "MLflow run that trained the model."),
    Column("code_version", "text", "Digest of the code that made the forecast."),
    RECORDED_AT,
)

LEDGER = Table(
    "ledger",
    "One forecast for one target: its mean and its quantiles. Rows never change. Read the "
    "statistics one by one in view `forecasts`.",
    (
        *_FORECAST,
        _HORIZON,
        Column("mean", "float", "The mean. Signed.", OF_PRICE),
        *(
            Column(f"q{quantile:g}", "float", f"The quantile {quantile:g}. Signed.", OF_PRICE)
            for quantile in QUANTILES
        ),
        *_MADE_WITH,
    ),
)

FORECASTS = View(
    "forecasts",
    "The ledger: one statistic of one forecast for one target. Rows never change.",
    (
        *_FORECAST,
        Column("statistic", "text", "'mean' or a quantile: 'q0.025' to 'q0.975'.", key=True),
        _HORIZON,
        Column("value", "float", "The forecast. Signed.", OF_PRICE),
        *_MADE_WITH,
    ),
)

OUTLOOKS = Table(
    "outlooks",
    "The value of one month of an instrument in one issue of EIA's Short-Term Energy Outlook.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("issue", "text", "Month of the issue, such as '2020-04'.", key=True),
        Column("target_at", "timestamp", "The first day of the month of the value.", "UTC",
               key=True),
        Column("series", "text", "EIA's code of the series."),
        Column("kind", "text", "'forecast', or 'estimate' for a month before that of the issue."),
        Column("value", "float", "Average of the month.", OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("available_at", "timestamp", "When the issue was published, by EIA's rule. Its "
               "data end on the Thursday before.", "UTC"),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

LEADERBOARD = Table(
    "leaderboard",
    "All metrics of one model version's backtest, at one horizon and over the same origins. Read "
    "them one by one in view `scores`.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("model", "text", "Key of the model.", key=True),
        Column("model_version", "text", "Version in the model registry.", key=True),
        Column("horizon", "integer", "Steps ahead; -1 pools all horizons.", _STEPS, key=True),
        Column("origins", "integer", "Number of forecast origins behind the values.", "origins",
               key=True),
        Column("first_origin", "timestamp", "The first origin.", "UTC", key=True),
        Column("last_origin", "timestamp", "The last origin.", "UTC", key=True),
        Column("metrics", "json", "Name of each metric (docs/metrics.md) and its value; null if it "
               "is not defined."),
        Column("run_id", "text", "MLflow run of the backtest."),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

SCORES = View(
    "scores",
    "The leaderboard: one metric of one model version's backtest, at one horizon.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("model", "text", "Key of the model.", key=True),
        Column("model_version", "text", "Version in the model registry.", key=True),
        Column("horizon", "integer", "Steps ahead; -1 pools all horizons.", _STEPS, key=True),
        Column("metric", "text", "Name of the metric (docs/metrics.md).", key=True),
        Column("value", "float", "Value of the metric; null if it is not defined.", nullable=True),
        Column("origins", "integer", "Number of forecast origins behind the value.", "origins"),
        Column("first_origin", "timestamp", "The first origin.", "UTC"),
        Column("last_origin", "timestamp", "The last origin.", "UTC"),
        Column("run_id", "text", "MLflow run of the backtest."),
        RECORDED_AT,
    ),
)

PROMOTIONS = Table(
    "promotions",
    "One decision on the champion of a target, with its reason.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("decided_at", "timestamp", "When the decision was made.", "UTC", key=True),
        Column("model", "text", "Key of the champion."),
        Column("model_version", "text", "Version of the champion in the model registry."),
        Column("reason", "text", "Why, with the figures."),
        Column("alarm", "boolean", "Whether a decayed champion was demoted. A rollback keeps the "
               "alarm of the decision before it."),
        Column("grounds", "json", "The figures behind the reason: incumbent, mspe_ratio, p_value, "
               "coverage_80, and rejected (model and what disqualified it). Null if decided by "
               "hand, or before grounds were kept.", nullable=True),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

TRACK_RECORDS = Table(
    "track_records",
    "How a model's forecasts in the ledger had done at one horizon when an outcome became known.",
    (
        Column("commodity", "text", "Key of the instrument.", key=True),
        Column("target_kind", "text", _TARGET_KINDS, key=True),
        Column("source", "text", "Source of the prices that the model used.", key=True),
        Column("model", "text", "Key of the model; all versions count.", key=True),
        Column("horizon", "integer", "Steps ahead; monthly: 0 is the current month.", _STEPS,
               key=True),
        Column("known_at", "timestamp", "When the newest outcome became known.", "UTC",
               key=True),
        Column("outcomes", "integer", "Newest outcomes behind the shares.", "outcomes"),
        Column("coverage_80", "float", "Share of outcomes inside the 80 % band.", "0 to 1"),
        Column("coverage_95", "float", "Share of outcomes inside the 95 % band.", "0 to 1"),
        Column("drift_outcomes", "integer", "Newest outcomes behind the ratio.", "outcomes"),
        Column("mspe_ratio", "float", "Mean squared error divided by that of no-change; null if "
               "the price has not moved.", nullable=True),
        Column("p_worse", "float", "p-value of the test that no-change is better, corrected "
               "for the number of horizons.", "0 to 1"),
        Column("alarm", "boolean", "Whether it is worse than no-change by more than noise."),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line
