"""The tables, described once: the database schema and the data dictionary are made from here.

Three clocks run through them: `observed_at` (the day a value is of), `available_at` (when one
could have known it) and `recorded_at` (when we stored it). A revision is a new row with a later
`available_at`; no row is ever changed or removed by an ingest.
"""

from dataclasses import dataclass
from typing import Literal

# The statistics of every forecast, in the order they are stored and shown.
QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
STATISTICS = ("mean", *(f"q{quantile:g}" for quantile in QUANTILES))

ColumnType = Literal["text", "float", "integer", "boolean", "timestamp", "json"]


@dataclass(frozen=True)
class Column:
    """One column: type, meaning, unit where it has one; `key` puts it in the primary key."""

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    key: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table; `grain` says what a row is.

    `updated` are the columns that change after a row is stored; of all other tables and columns
    even the role that writes may only add rows.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    updated: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)


@dataclass(frozen=True)
class View(Table):
    """A view: made from tables whenever it is read. Its SQL stands in the migration."""


_RECORDED_AT = Column("recorded_at", "timestamp", "When the row was stored.", "UTC")
_OF_PRICE = "the instrument's unit"
_TARGET_KINDS = "'daily': the price on a business day; 'monthly': the average of a month."
_STEPS = "business days, or months"

OBSERVATIONS = Table(
    "observations",
    "One value of an instrument at a source, for one day, as known from one moment on.",
    (
        Column("commodity", "text", "Key of the instrument in the catalogue.", key=True),
        Column("source", "text", "Key of the source that supplied it.", key=True),
        Column("frequency", "text", "'daily', 'weekly' or 'monthly' (an average).", key=True),
        Column("observed_at", "timestamp", "Midnight of the day, or of the first day of the "
               "period, the value is of.", "UTC", key=True),
        Column("available_at", "timestamp", "When one could have known it.", "UTC", key=True),
        Column("value", "float", "Price, settle or level. Signed: negative prices are real.",
               _OF_PRICE),
        Column("unit", "text", "Unit of value and of open, high and low."),
        Column("open", "float", "First price of the day, where the source has bars.", _OF_PRICE,
               nullable=True),
        Column("high", "float", "Highest price of the day.", _OF_PRICE, nullable=True),
        Column("low", "float", "Lowest price of the day.", _OF_PRICE, nullable=True),
        Column("volume", "float", "Traded volume of the day.", "contracts or shares",
               nullable=True),
        Column("batch_id", "text", "The batch that brought the row."),
        _RECORDED_AT,
    ),
)  # fmt: skip

BATCHES = Table(
    "batches",
    "One attempt to load one instrument from one source, accepted or refused.",
    (
        Column("batch_id", "text", "Random identifier.", key=True),
        Column("commodity", "text", "Key of the instrument."),
        Column("source", "text", "Key of the source."),
        Column("frequency", "text", "Frequency of its rows."),
        Column("fetched_at", "timestamp", "When the source was asked.", "UTC"),
        Column("accepted", "boolean", "Whether it reached the quality target and was stored."),
        Column("quality_score", "float", "Share of rows that pass every rule.", "0 to 1"),
        Column("rows_received", "integer", "Rows the source supplied.", "rows"),
        Column("rows_missing", "integer", "Days the source lists without a value.", "rows"),
        Column("rows_quarantined", "integer", "Rows set aside by a rule.", "rows"),
        Column("rows_added", "integer", "Days seen for the first time.", "rows"),
        Column("rows_revised", "integer", "Days whose value has changed since.", "rows"),
        Column("rules", "json", "For each rule: rows it looked at, rows it caught, and what it "
               "observed."),
        Column("days_missing", "json", "Under `days` the days the source lists without a value.",
               nullable=True),
        Column("replay_of", "text", "The batch whose quarantined rows it replays.",
               nullable=True),
        _RECORDED_AT,
    ),
)  # fmt: skip

QUARANTINE = Table(
    "quarantine",
    "One row that a rule caught, or that came with a refused batch; kept as it came, so that it "
    "can be looked into, corrected and replayed.",
    (
        Column("batch_id", "text", "The batch it came with.", key=True),
        Column("row_number", "integer", "Its position in the batch, from 0.", key=True),
        Column(
            "rule", "text", "The rule that caught it; 'batch-refused' caught none of it.", key=True
        ),
        Column("commodity", "text", "Key of the instrument."),
        Column("source", "text", "Key of the source."),
        Column("row", "json", "The row as the source supplied it."),
        _RECORDED_AT,
    ),
)

CORRECTIONS = Table(
    "corrections",
    "One decision of a person on a quarantined row. The row itself is never changed.",
    (
        Column("batch_id", "text", "The batch the row came with.", key=True),
        Column("row_number", "integer", "The row's position in the batch, from 0.", key=True),
        Column("decided_at", "timestamp", "When it was decided; the newest decision holds.", "UTC",
               key=True),
        Column("decision", "text", "'fix': replay it with the changes; 'dismiss': it was rightly "
               "rejected."),
        Column("changes", "json", "The cells to replace, as text. Empty for a dismissal."),
        Column("reason", "text", "Why, in the person's words."),
        Column("decided_by", "text", "Name of the operating system's user."),
        _RECORDED_AT,
    ),
)  # fmt: skip

REPLAYS = Table(
    "replays",
    "One quarantined row that is settled since it was put through the gate again.",
    (
        Column("replay_id", "text", "The replay: a batch, if it stored rows.", key=True),
        Column("batch_id", "text", "The batch the row came with.", key=True),
        Column("row_number", "integer", "The row's position in that batch.", key=True),
        Column("outcome", "text", "'stored': it passed; 'superseded': a later load has brought "
               "its day."),
        _RECORDED_AT,
    ),
)  # fmt: skip

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
        Column("value", "float", "The forecast. Signed.", _OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("last_observed_at", "timestamp", "The day of the last price it was made from.",
               "UTC"),
        Column("run_id", "text", "MLflow run that trained the model."),
        Column("code_version", "text", "Digest of the code that made it."),
        _RECORDED_AT,
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
        Column("last_value", "float", "That price: no-change's forecast.", _OF_PRICE),
        Column("one_step_mae", "float", "Mean absolute change from day to day until then.",
               _OF_PRICE),
        *(Column(name, "float", "The forecast's mean." if name == "mean" else
                 f"Its quantile {name[1:]}.", _OF_PRICE) for name in STATISTICS),
        Column("actual", "float", "What came; absent where it is not known yet.", _OF_PRICE,
               nullable=True),
        Column("actual_available_at", "timestamp", "When one could have known what came.", "UTC",
               nullable=True),
        Column("run_id", "text", "MLflow run of the backtest."),
        _RECORDED_AT,
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
        Column("value", "float", "The average of the month.", _OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("available_at", "timestamp", "When the issue was published, by EIA's rule; its "
               "information ends on the Thursday before.", "UTC"),
        _RECORDED_AT,
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
        _RECORDED_AT,
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
        _RECORDED_AT,
    ),
)

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
        _RECORDED_AT,
    ),
)  # fmt: skip

PIPELINE_RUNS = Table(
    "pipeline_runs",
    "One run of the pipeline.",
    (
        Column("run_id", "text", "Random identifier.", key=True),
        Column("source", "text", "Source of prices."),
        Column("started_at", "timestamp", "When it began.", "UTC"),
        Column("ended_at", "timestamp", "When it ended; absent while it runs or if it was killed.",
               "UTC", nullable=True),
        Column("status", "text", "'running', 'done', 'unchanged' or 'failed'."),
        Column("tasks", "json", "For each task that ran: seconds and outcome."),
        Column("error", "text", "The error it ended with.", nullable=True),
        _RECORDED_AT,
    ),
    updated=("ended_at", "status", "tasks", "error"),
)  # fmt: skip

IDENTITY = Table(
    "identity",
    "One row: which database this is. What was made with another is made again.",
    (Column("database_id", "text", "Random identifier, given by the first migration.", key=True),),
)

_SERIES = OBSERVATIONS.columns[:3]

PRICES_DAILY = View(
    "prices_daily",
    "The latest vintage of each day of a series.",
    (
        *_SERIES,
        Column("observed_at", "timestamp", "Midnight of the day.", "UTC", key=True),
        Column("value", "float", "The value as last known.", _OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("available_at", "timestamp", "When this vintage could have been known.", "UTC"),
        Column("vintages", "integer", "How often the day was stored: 1 and its revisions.", "rows"),
    ),
)


def _bars(name: str, period: str, begins: str) -> View:
    return View(
        name,
        f"One {period} of a series, from the latest vintage of each of its days. "
        f"A {period} in which the unit changed has a row for each unit.",
        (
            *_SERIES,
            Column("unit", "text", "Unit of the prices.", key=True),
            Column("observed_at", "timestamp", f"Midnight of {begins}.", "UTC", key=True),
            Column("average", "float", "Mean of the daily values.", _OF_PRICE),
            Column("open", "float", "The first day's value.", _OF_PRICE),
            Column("high", "float", "The highest daily value.", _OF_PRICE),
            Column("low", "float", "The lowest daily value.", _OF_PRICE),
            Column("close", "float", "The last day's value.", _OF_PRICE),
            Column("days", "integer", "How many days have a value.", "days"),
            Column("available_at", "timestamp", "When the newest of them could be known.", "UTC"),
        ),
    )


PRICES_WEEKLY = _bars("prices_weekly", "week", "its Monday")
PRICES_MONTHLY = _bars("prices_monthly", "month", "its first day")

SOURCE_QUALITY = View(
    "source_quality",
    "The quality of what a source supplied on one day: all loads of the day, replays left out.",
    (
        Column("source", "text", "Key of the source.", key=True),
        Column("day", "timestamp", "The day it was asked, as its midnight.", "UTC", key=True),
        Column("batches", "integer", "Loads of the day.", "batches"),
        Column("batches_refused", "integer", "Loads that were refused.", "batches"),
        Column("rows_checked", "integer", "Rows with a value that went through the gate.", "rows"),
        Column("rows_rejected", "integer", "Rows that a rejecting rule caught.", "rows"),
        Column("quality_score", "float", "Share of the checked rows that pass every rule.",
               "0 to 1", nullable=True),
    ),
)  # fmt: skip

VIEWS = (PRICES_DAILY, PRICES_WEEKLY, PRICES_MONTHLY, SOURCE_QUALITY)

TABLES = (
    OBSERVATIONS,
    BATCHES,
    QUARANTINE,
    CORRECTIONS,
    REPLAYS,
    FORECASTS,
    BACKTESTS,
    OUTLOOKS,
    SCORES,
    PROMOTIONS,
    TRACK_RECORDS,
    PIPELINE_RUNS,
    IDENTITY,
)
