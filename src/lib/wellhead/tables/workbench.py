"""The workbench: its runs, and the identity of its database."""

from wellhead.tables.shapes import RECORDED_AT, Column, Table

PIPELINE_RUNS = Table(
    "pipeline_runs",
    "One run of the pipeline.",
    (
        Column("run_id", "text", "Random identifier.", key=True),
        Column("source", "text", "Source of prices."),
        Column("started_at", "timestamp", "When it started.", "UTC"),
        Column("ended_at", "timestamp", "When it ended; null while it runs, or if it was killed.",
               "UTC", nullable=True),
        Column("status", "text", "'running', 'done', 'unchanged' or 'failed'."),
        Column("tasks", "json", "For each task that ran: seconds and outcome."),
        Column("error", "text", "The error it ended with.", nullable=True),
        RECORDED_AT,
    ),
    updated=("ended_at", "status", "tasks", "error"),
)  # fmt: skip # one column a line

IDENTITY = Table(
    "identity",
    "One row that identifies this database. Products made with another are made again.",
    (Column("database_id", "text", "Random identifier, given by the first migration.", key=True),),
)
