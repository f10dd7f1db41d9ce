"""A logarithm that prices at and below zero pass through.

asinh(x / 2) is log x, its slope to within 1 %, for x above 14; a straight line around zero; and the
same curve turned over below: WTI's −36.98 is −3.6 where 18.31 is 2.9 (Burbidge, Magee & Robb 1988,
Journal of the American Statistical Association 83).
"""

from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

T = TypeVar("T", "pd.Series[float]", NDArray[np.float64])


def signed_log(value: T, unit: float = 1.0) -> T:
    """asinh(x / (2 unit)). `unit` is where the curve bends, in the price's unit: above a few of it
    a step is a relative change, below it an absolute one.
    """
    return cast(T, np.arcsinh(value / (2 * unit)))


def from_signed_log(transformed: T, unit: float = 1.0) -> T:
    """The price whose `signed_log` this is."""
    value: Any = 2 * unit * np.sinh(transformed)
    return cast(T, value)
