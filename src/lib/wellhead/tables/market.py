"""What is known about markets besides their prices."""

from wellhead.tables.shapes import Column, Table

ANALYSES = Table(
    "analyses",
    "One analysis of a market from what was known at a moment. Rows never change. Of several from "
    "the same moment, made by other code or parameters, the one stored last counts.",
    (
        Column("commodity", "text", "Key of the instrument; MARKET in the brief of all.",
               key=True),
        Column("kind", "text", "'volatility', 'correlation', 'seasonality', 'anomalies' or "
               "'brief'.", key=True),
        Column("source", "text", "Source of the prices.", key=True),
        Column("known_at", "timestamp", "The analysis uses only data available by then.", "UTC",
               key=True),
        Column("recorded_at", "timestamp", "When the row was stored.", "UTC", key=True),
        Column("code_version", "text", "Digest of the code that made the analysis."),
        Column("last_observed_at", "timestamp", "The day of the last price used.", "UTC"),
        Column("summary", "text", "The result in plain sentences, or what it needs."),
        Column("result", "json", "The result as the API returns it; null if it needs more data.",
               nullable=True),
    ),
)  # fmt: skip # one column a line
