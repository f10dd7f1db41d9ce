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

API_KEYS = Table(
    "api_keys",
    "One key of the API: who may use it, for what, and until when. The key itself is not stored.",
    (
        Column("key_id", "text", "Public part of the key; it names the key in logs.", key=True),
        Column("application", "text", "The program that uses the key."),
        Column("scopes", "text", "What the key allows: names of scopes, separated by spaces."),
        Column("digest", "text", "HMAC-SHA256 of the key with the server's pepper."),
        Column("created_at", "timestamp", "When it was created.", "UTC"),
        Column("expires_at", "timestamp", "From when on it is refused; null: never.", "UTC",
               nullable=True),
        Column("revoked_at", "timestamp", "When it was revoked; null if it was not.", "UTC",
               nullable=True),
        Column("replaced_by", "text", "The key that a rotation put in its place.", nullable=True),
        Column("last_used_at", "timestamp", "The newest request with it, to within a minute.",
               "UTC", nullable=True),
        RECORDED_AT,
    ),
    updated=("expires_at", "revoked_at", "replaced_by", "last_used_at"),
)  # fmt: skip # one column a line

IDENTITY = Table(
    "identity",
    "One row that identifies this database. Products made with another are made again.",
    (Column("database_id", "text", "Random identifier, given by the first migration.", key=True),),
)
