"""A logarithm for prices of any sign.

asinh(x / 2) is close to log x for x above 14 (its slope within 1 %), linear around zero, and the
mirrored curve below: WTI's −36.98 becomes −3.6, and 18.31 becomes 2.9 (Burbidge, Magee & Robb 1988,
Journal of the American Statistical Association 83).
"""

from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

T = TypeVar("T", "pd.Series[float]", NDArray[np.float64])


def signed_log(value: T, unit: float = 1.0) -> T:
    """asinh(x / (2 unit)).

    `unit` is in the price's unit: well above it differences are relative changes, below it they are
    absolute changes.
    """
    return cast(T, np.arcsinh(value / (2 * unit)))


def from_signed_log(transformed: T, unit: float = 1.0) -> T:
    """The price whose `signed_log` this is."""
    value: Any = 2 * unit * np.sinh(transformed)
    return cast(T, value)
