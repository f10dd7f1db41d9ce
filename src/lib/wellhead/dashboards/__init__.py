"""The pages of the dashboards: they show what the workflows return, and react to choices."""

from wellhead.dashboards.market import market_page, warm_up

__all__ = ["market_page", "warm_up"]
