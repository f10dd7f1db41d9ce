"""Bars: views of the latest vintages by day, week and month; hypertables where the server can."""

from alembic import op

from wellhead.database import views
from wellhead.database.server import timescale

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    timescale.adopt(op.get_bind())


def downgrade() -> None:
    """The views go; a hypertable stays one, for it answers as the table did."""
    views.drop(op.get_bind())
