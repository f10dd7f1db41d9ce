"""Source `yahoo`: continuous front-month futures from Yahoo Finance, through yfinance."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pandas as pd
import yfinance
from yfinance.exceptions import YFDataException, YFRateLimitError, YFTickerMissingError

from wellhead.calendars import RELEASE_RULES, now
from wellhead.commodities import Instrument
from wellhead.errors import EmptySourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion.base import Frequency, Source, SourceCard, raw_frame
from wellhead.ingestion.pacing import Pace, Temporary, persistently
from wellhead.settings import get_settings

# Yahoo states no limit; a fetch is two to four requests of yfinance.
PACE = Pace("yahoo", per_second=1, per_minute=30)
TIMEOUT = 30  # seconds

# Instrument -> symbol, and the decimals of the contract's tick: Yahoo's prices are float32, so
# that 70.49 arrives as 70.48999786.
SYMBOLS = {
    "WTI_FRONT": ("CL=F", 2),
    "BRENT_FRONT": ("BZ=F", 2),
    "HENRY_HUB_FRONT": ("NG=F", 3),
    "HEATING_OIL_FRONT": ("HO=F", 4),
    "GASOLINE_FRONT": ("RB=F", 4),
}
_COLUMNS = {"Close": "value", "Open": "open", "High": "high", "Low": "low", "Volume": "volume"}
_PRICES = ["value", "open", "high", "low"]


class Yahoo(Source):
    """Daily bars of the continuous front month. Needs no key.

    The value is the bar's close, which can lie outside low and high. The series jumps where one
    contract follows another: it is not adjusted for rolls. A last bar whose day is not over yet
    is left out, for its close would be a price of the moment; it comes with the next load.
    """

    card = SourceCard(
        key="yahoo",
        title="Yahoo Finance, continuous front-month futures",
        url="https://finance.yahoo.com/commodities/",
        licence="Yahoo's terms of service: personal use, no redistribution",
        update="every trading day, after the session",
        revisions="now and then, without notice; unadjusted for rolls",
        release_rule={"daily": "same-day-close"},
    )

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        return dict.fromkeys(SYMBOLS, ("daily",))

    def fetch(self, instrument: Instrument, frequency: Frequency) -> pd.DataFrame:
        self.frequencies(instrument)
        symbol, decimals = SYMBOLS[instrument.key]
        bars = persistently(lambda: _bars(symbol)).rename(columns=_COLUMNS)
        if missing := set(_COLUMNS.values()) - set(bars.columns):
            raise SourceFormatError(f"yahoo {symbol}: no column {', '.join(sorted(missing))}.")
        bars = _finished(bars.assign(observed_at=_days(bars)))
        if bars.empty:
            raise EmptySourceError(f"yahoo {symbol} came back without a finished bar.")
        bars[_PRICES] = bars[_PRICES].round(decimals)
        return raw_frame(bars.assign(unit=instrument.unit))

    def version(self, instrument: Instrument) -> str:
        self.frequencies(instrument)
        return str(now().date())  # it is asked once a day


def _days(bars: pd.DataFrame) -> pd.Index:
    """The exchange's days, as text: the index holds their midnights in its time zone."""
    return pd.DatetimeIndex(bars.index).strftime("%Y-%m-%d")


def _bars(symbol: str) -> pd.DataFrame:
    """All daily bars as yfinance gives them, days without a price included."""
    PACE.wait()
    _keep_caches_in_var()
    ticker = yfinance.Ticker(symbol)
    with _failures(symbol):
        bars: pd.DataFrame = ticker.history(
            period="max", interval="1d", auto_adjust=False, actions=False, keepna=True,
            timeout=TIMEOUT,
        )  # fmt: skip
        _require_daily_dollars(ticker.history_metadata, symbol)
    if bars.empty:
        raise _empty(symbol, "no bars")
    return bars


@contextmanager
def _failures(symbol: str) -> Iterator[None]:
    """What yfinance hides becomes an error of ours: some failures end in an empty frame there."""
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
    except ValueError:  # of the JSON reader: HTML, plain text, or JSON that breaks off
        raise Temporary(
            f"yahoo {symbol} answered something else than JSON", becomes=SourceFormatError
        ) from None
    finally:
        debug.hide_exceptions = hidden


def _empty(symbol: str, reason: str) -> Temporary:
    """Known symbols come back empty when Yahoo is busy, so it is worth asking again."""
    return Temporary(f"yahoo {symbol} came back empty: {reason}", becomes=EmptySourceError)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _require_daily_dollars(stated: Any, symbol: str) -> None:
    """Long ranges can come back in coarser bars, and unnoticed in another currency."""
    if stated["dataGranularity"] != "1d" or stated["symbol"] != symbol:
        raise SourceFormatError(
            f"yahoo {symbol}: the answer is {stated['symbol']} in {stated['dataGranularity']} bars."
        )
    if stated["currency"] != "USD":
        raise UnitMismatchError(f"yahoo {symbol} is in {stated['currency']}, not in USD.")


def _finished(bars: pd.DataFrame) -> pd.DataFrame:
    """Without the last bar, if its day is not over by the rule that dates its publication."""
    last = pd.DatetimeIndex(bars["observed_at"].tail(1), tz="UTC")
    over = RELEASE_RULES[Yahoo.card.release_rule["daily"]](last) <= now()
    return bars if over.all() else bars.iloc[:-1]


@lru_cache
def _keep_caches_in_var() -> None:
    """yfinance keeps cookies and time zones on disk; it must be told where before first use."""
    yfinance.set_tz_cache_location(str(get_settings().var / "yfinance"))
