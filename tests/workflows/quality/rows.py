"""Rows to load: a series that passes every rule."""

import pandas as pd


def business_days(count: int, first: str = "2021-01-04", value: float = 60.0) -> list[str]:
    """Rows of a CSV file: `count` weekdays with slowly changing values."""
    days = pd.bdate_range(first, periods=count)
    return [f"{day:%Y-%m-%d},{value + number % 7:.2f}" for number, day in enumerate(days)]
