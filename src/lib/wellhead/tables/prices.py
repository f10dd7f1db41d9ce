"""Prices: what sources supplied, what was set aside of it, and the views of what is stored."""

from wellhead.tables.shapes import OF_PRICE, RECORDED_AT, Column, Table, View

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
               OF_PRICE),
        Column("unit", "text", "Unit of value and of open, high and low."),
        Column("open", "float", "First price of the day, where the source has bars.", OF_PRICE,
               nullable=True),
        Column("high", "float", "Highest price of the day.", OF_PRICE, nullable=True),
        Column("low", "float", "Lowest price of the day.", OF_PRICE, nullable=True),
        Column("volume", "float", "Traded volume of the day.", "contracts or shares",
               nullable=True),
        Column("batch_id", "text", "The batch that brought the row."),
        RECORDED_AT,
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
        RECORDED_AT,
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
        RECORDED_AT,
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
        RECORDED_AT,
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
        RECORDED_AT,
    ),
)  # fmt: skip

_SERIES = OBSERVATIONS.columns[:3]

PRICES_DAILY = View(
    "prices_daily",
    "The latest vintage of each day of a series.",
    (
        *_SERIES,
        Column("observed_at", "timestamp", "Midnight of the day.", "UTC", key=True),
        Column("value", "float", "The value as last known.", OF_PRICE),
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
            Column("average", "float", "Mean of the daily values.", OF_PRICE),
            Column("open", "float", "The first day's value.", OF_PRICE),
            Column("high", "float", "The highest daily value.", OF_PRICE),
            Column("low", "float", "The lowest daily value.", OF_PRICE),
            Column("close", "float", "The last day's value.", OF_PRICE),
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
