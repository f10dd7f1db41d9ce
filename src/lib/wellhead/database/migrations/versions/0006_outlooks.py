"""Outlooks: the months of each issue of EIA's Short-Term Energy Outlook."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, TIMESTAMP(timezone=True), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "outlooks",
        *_text("commodity", "issue"),
        *_time("target_at"),
        *_text("series", "kind"),
        sa.Column("value", DOUBLE_PRECISION(), nullable=False),
        *_text("unit"),
        *_time("available_at", "recorded_at"),
        sa.PrimaryKeyConstraint("commodity", "issue", "target_at"),
    )


def downgrade() -> None:
    op.drop_table("outlooks")
