"""One request to Yahoo through yfinance, whose failures become our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pandas as pd
import yfinance
from yfinance.exceptions import YFDataException, YFRateLimitError, YFTickerMissingError

from wellhead.catalogue.instruments import Instrument
from wellhead.errors import EmptySourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion.pacing import Temporary
from wellhead.settings import get_settings

TIMEOUT = 30  # seconds


def daily_bars(symbol: str, instrument: Instrument, start: pd.Timestamp | None) -> pd.DataFrame:
    """Daily bars of yfinance, all or from `start` on, with the days that have no price.

    Prices are not adjusted: a future has nothing to adjust for. Raises Temporary (which stays
    inside the sources) if another attempt may succeed; else SourceFormatError or UnitMismatchError.
    """
    _keep_caches_in_var()
    ticker = yfinance.Ticker(symbol)
    with _failures(symbol):
        bars: pd.DataFrame = ticker.history(
            period="max",
            start=start,
            interval="1d",
            auto_adjust=False,
            actions=False,
            keepna=True,
            timeout=TIMEOUT,
        )
        _require_series(ticker.history_metadata, symbol, instrument)
    if bars.empty:
        raise _empty(symbol, "no bars")
    return bars


@contextmanager
def _failures(symbol: str) -> Iterator[None]:
    """Raise our errors for yfinance's, some of which it hides behind an empty frame."""
    debug = yfinance.config.debug
    hidden, debug.hide_exceptions = debug.hide_exceptions, False
    try:
        yield
    except (YFRateLimitError, YFDataException, OSError) as error:  # curl's errors are OSErrors
        raise Temporary(f"yahoo {symbol} refused or broke off: {_line(error)}") from None
    except YFTickerMissingError as error:
        raise _empty(symbol, _line(error)) from None
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise SourceFormatError(
            f"yahoo {symbol}: the answer is not in the form that yfinance knows: {error!r}."
        ) from error
    except ValueError as error:  # from the JSON reader
        raise _no_json(symbol, str(getattr(error, "doc", ""))) from None
    finally:
        debug.hide_exceptions = hidden


def _empty(symbol: str, reason: str) -> Temporary:
    """The error of an empty answer. Yahoo sends one for known symbols when busy, so retry."""
    return Temporary(f"yahoo {symbol} has an empty answer: {reason}", becomes=EmptySourceError)


def _no_json(symbol: str, body: str) -> Temporary:
    """The error of a body that is not JSON. Yahoo also sends 'Too Many Requests' as text."""
    if "too many requests" in body[:500].lower():
        return Temporary(f"yahoo {symbol} refused: Too Many Requests")
    content = "an HTML page" if body.lstrip().startswith("<") else "text or cut-off JSON"
    return Temporary(
        f"yahoo {symbol} answered with {content} instead of JSON", becomes=SourceFormatError
    )


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _require_series(stated: Any, symbol: str, instrument: Instrument) -> None:
    """Refuse an answer about another symbol, bars that are not daily, another zone or currency.

    Yahoo may send long ranges in coarser bars. A bar's day is a day of the market's own time zone,
    so another zone would shift the days.
    """
    wanted = {
        "symbol": symbol,
        "instrumentType": "FUTURE",
        "dataGranularity": "1d",
        "exchangeTimezoneName": instrument.time_zone,
    }
    for name, right in wanted.items():
        if stated[name] != right:
            raise SourceFormatError(
                f"yahoo {symbol}: the answer states {name} {stated[name]}, not {right}."
            )
    if stated["currency"] != instrument.currency:
        raise UnitMismatchError(
            f"yahoo {symbol} is in {stated['currency']}, not in {instrument.currency}."
        )


@lru_cache
def _keep_caches_in_var() -> None:
    """Set the folder of yfinance's cookies and time zones, before its first use."""
    yfinance.set_tz_cache_location(str(get_settings().var / "yfinance"))
