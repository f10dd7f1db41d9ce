"""Bars: views of the latest vintages by day, week and month; hypertables with TimescaleDB."""

from alembic import op

from wellhead.database.server import price_views, timescale

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    timescale.adopt(op.get_bind())


def downgrade() -> None:
    """Drop the views. A hypertable stays, because it works like the table."""
    price_views.drop(op.get_bind())
