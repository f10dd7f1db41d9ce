"""The dashboards' pages: they show what the verbs answer, and redraw when a choice changes."""

from wellhead.dashboards.page import market_page, warm_up

__all__ = ["market_page", "warm_up"]
