"""Prices of the sources, their quarantined rows, and views of the stored prices."""

from wellhead.tables.shapes import OF_PRICE, RECORDED_AT, Column, Table, View

OBSERVATIONS = Table(
    "observations",
    "One vintage of one day of an instrument at a source.",
    (
        Column("commodity", "text", "Key of the instrument in the catalogue.", key=True),
        Column("source", "text", "Key of the source that supplied it.", key=True),
        Column("frequency", "text", "'daily', 'weekly' or 'monthly' (an average).", key=True),
        Column("observed_at", "timestamp", "Midnight of the day, or of the first day of the "
               "period.", "UTC", key=True),
        Column("available_at", "timestamp", "From when on it could be known.", "UTC", key=True),
        Column("value", "float", "Price, settle or level. Signed: negative prices are real.",
               OF_PRICE),
        Column("unit", "text", "Unit of value and of open, high and low."),
        Column("open", "float", "First price of the day, if the source has bars.", OF_PRICE,
               nullable=True),
        Column("high", "float", "Highest price of the day.", OF_PRICE, nullable=True),
        Column("low", "float", "Lowest price of the day.", OF_PRICE, nullable=True),
        Column("volume", "float", "Traded volume of the day.", "contracts or shares",
               nullable=True),
        Column("batch_id", "text", "The batch that stored the row."),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

BATCHES = Table(
    "batches",
    "One attempt to load one instrument from one source, accepted or refused.",
    (
        Column("batch_id", "text", "Random identifier.", key=True),
        Column("commodity", "text", "Key of the instrument."),
        Column("source", "text", "Key of the source."),
        Column("frequency", "text", "Frequency of its rows."),
        Column("fetched_at", "timestamp", "When the source was queried.", "UTC"),
        Column("accepted", "boolean", "Whether it reached the quality target and was stored."),
        Column("quality_score", "float", "Share of rows that pass every rule.", "0 to 1"),
        Column("rows_received", "integer", "Rows the source supplied.", "rows"),
        Column("rows_missing", "integer", "Days that the source lists without a value.", "rows"),
        Column("rows_quarantined", "integer", "Rows that a rule rejected.", "rows"),
        Column("rows_added", "integer", "Days stored for the first time.", "rows"),
        Column("rows_revised", "integer", "Days whose stored value was revised.", "rows"),
        Column("rules", "json", "For each rule: rows checked, rows caught, and what it "
               "observed."),
        Column("days_missing", "json", "Under `days`: days that the source lists without a value.",
               nullable=True),
        Column("replay_of", "text", "The batch whose quarantined rows it replays.",
               nullable=True),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

QUARANTINE = Table(
    "quarantine",
    "One row that a rule rejected, or a row of a refused batch, as the source supplied it. It can "
    "be corrected and replayed.",
    (
        Column("batch_id", "text", "The batch of the row.", key=True),
        Column("row_number", "integer", "Position in the batch, from 0.", key=True),
        Column(
            "rule", "text", "The rule that caught the row; 'batch-refused': none did.", key=True
        ),
        Column("commodity", "text", "Key of the instrument."),
        Column("source", "text", "Key of the source."),
        Column("row", "json", "The row as the source supplied it."),
        RECORDED_AT,
    ),
)

CORRECTIONS = Table(
    "corrections",
    "One decision of a person on a quarantined row. The row itself never changes.",
    (
        Column("batch_id", "text", "The batch of the row.", key=True),
        Column("row_number", "integer", "Position of the row in the batch, from 0.", key=True),
        Column("decided_at", "timestamp", "When it was decided; the newest decision counts.", "UTC",
               key=True),
        Column("decision", "text", "'fix': replay the row with the changes; 'dismiss': the row was "
               "rightly rejected."),
        Column("changes", "json", "The cells to replace, as text. Empty for a dismissal."),
        Column("reason", "text", "Reason that the person gave."),
        Column("decided_by", "text", "User name in the operating system."),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

REPLAYS = Table(
    "replays",
    "One quarantined row that a replay has settled.",
    (
        Column("replay_id", "text", "The replay; it is a batch if it stored rows.", key=True),
        Column("batch_id", "text", "The batch of the row.", key=True),
        Column("row_number", "integer", "Position of the row in that batch.", key=True),
        Column("outcome", "text", "'stored': it passed; 'superseded': a later load has stored "
               "its day."),
        RECORDED_AT,
    ),
)  # fmt: skip # one column a line

_SERIES = OBSERVATIONS.columns[:3]

PRICES_DAILY = View(
    "prices_daily",
    "The latest vintage of each day of a series.",
    (
        *_SERIES,
        Column("observed_at", "timestamp", "Midnight of the day.", "UTC", key=True),
        Column("value", "float", "Latest known value.", OF_PRICE),
        Column("unit", "text", "Unit of value."),
        Column("available_at", "timestamp", "From when on this vintage could be known.", "UTC"),
        Column("vintages", "integer", "Rows of the day: the first and its revisions.", "rows"),
    ),
)


def _bars(name: str, period: str, begins: str) -> View:
    return View(
        name,
        f"One {period} of a series, from the latest vintage of each day. "
        f"A {period} in which the unit changed has a row for each unit.",
        (
            *_SERIES,
            Column("unit", "text", "Unit of the prices.", key=True),
            Column("observed_at", "timestamp", f"Midnight of {begins}.", "UTC", key=True),
            Column("average", "float", "Mean of the daily values.", OF_PRICE),
            Column("open", "float", "Value of the first day.", OF_PRICE),
            Column("high", "float", "Highest daily value.", OF_PRICE),
            Column("low", "float", "Lowest daily value.", OF_PRICE),
            Column("close", "float", "Value of the last day.", OF_PRICE),
            Column("days", "integer", "Number of days with a value.", "days"),
            Column("available_at", "timestamp", "From when on all could be known.", "UTC"),
        ),
    )


PRICES_WEEKLY = _bars("prices_weekly", "week", "its Monday")
PRICES_MONTHLY = _bars("prices_monthly", "month", "its first day")

SOURCE_QUALITY = View(
    "source_quality",
    "The quality of all loads from a source on one day, without replays.",
    (
        Column("source", "text", "Key of the source.", key=True),
        Column("day", "timestamp", "Midnight of the day of the loads.", "UTC", key=True),
        Column("batches", "integer", "Loads of the day.", "batches"),
        Column("batches_refused", "integer", "Loads that were refused.", "batches"),
        Column("rows_checked", "integer", "Rows with a value that were validated.", "rows"),
        Column("rows_rejected", "integer", "Rows that a rejecting rule caught.", "rows"),
        Column("quality_score", "float", "Share of the checked rows that pass every rule.",
               "0 to 1", nullable=True),
    ),
)  # fmt: skip # one column a line
