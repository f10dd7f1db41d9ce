"""Whether a decision demoted a decayed champion is a column, not the first word of its reason."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promotions", sa.Column("alarm", sa.Boolean(), nullable=True))
    op.execute("UPDATE promotions SET alarm = starts_with(reason, 'ALARM:')")
    op.alter_column("promotions", "alarm", nullable=False)


def downgrade() -> None:
    op.drop_column("promotions", "alarm")
