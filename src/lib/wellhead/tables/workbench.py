"""The workbench itself: its runs, and which database it has."""

from wellhead.tables.shapes import RECORDED_AT, Column, Table

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
        RECORDED_AT,
    ),
    updated=("ended_at", "status", "tasks", "error"),
)  # fmt: skip

IDENTITY = Table(
    "identity",
    "One row: which database this is. What was made with another is made again.",
    (Column("database_id", "text", "Random identifier, given by the first migration.", key=True),),
)
