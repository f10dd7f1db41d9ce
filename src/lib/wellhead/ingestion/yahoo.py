"""Source `yahoo`: front-month and dated futures from Yahoo Finance, through yfinance."""

from datetime import date

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.contracts import parse_contract, tradable_contracts
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.catalogue.roots import ROOTS
from wellhead.catalogue.series import Frequency
from wellhead.errors import EmptySourceError, SourceFormatError
from wellhead.ingestion.base import LookBack, Source, SourceCard, raw_frame
from wellhead.ingestion.pacing import Pace, with_retries
from wellhead.ingestion.yahoo_chart import daily_bars
from wellhead.settings import get_settings

# Yahoo publishes no limit. A fetch is two to four requests of yfinance.
PACE = Pace("yahoo", per_second=1, per_minute=30)

# Front month -> symbol, and the decimals of the contract's tick. Yahoo's prices are float32: 70.49
# arrives as 70.48999786.
SYMBOLS = {
    "WTI_FRONT": ("CL=F", 2),
    "BRENT_FRONT": ("BZ=F", 2),
    "HENRY_HUB_FRONT": ("NG=F", 3),
    "HEATING_OIL_FRONT": ("HO=F", 4),
    "GASOLINE_FRONT": ("RB=F", 4),
}
# A contract is carried for a week after its last day, so that its last settlement is loaded.
_LAST_CALL = pd.Timedelta(days=7)
# Bars before `since` are requested too: if no bar is new, they show that the symbol still exists.
_OVERLAP = pd.Timedelta(days=14)

_COLUMNS = {"Close": "value", "Open": "open", "High": "high", "Low": "low", "Volume": "volume"}
_PRICES = ["value", "open", "high", "low"]


class Yahoo(Source):
    """Daily bars of the continuous front months, and of the dated contracts next to deliver.

    It carries WELLHEAD_FUTURES_MONTHS contracts of each root. Needs no key.

    The value is the bar's close, which can lie outside low and high. A front-month series jumps
    where one contract follows another: it is not adjusted for rolls. The last bar is left out until
    its day is over, because its close would be the price of the moment.
    """

    card = SourceCard(
        key="yahoo",
        title="Yahoo Finance, front-month and dated futures",
        url="https://finance.yahoo.com/commodities/",
        licence="Yahoo's terms of service: personal use, no redistribution",
        update="every trading day, after the session",
        revisions="now and then, without notice; unadjusted for rolls",
        release_rule={"daily": "same-day-close"},
        look_back={"daily": LookBack(100, "bars are corrected without notice, within days")},
    )

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        months, day = get_settings().futures_months, now() - _LAST_CALL
        dated = [
            contract.key for market in ROOTS for contract in tradable_contracts(market, day, months)
        ]
        return dict.fromkeys([*SYMBOLS, *dated], ("daily",))

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: date | None = None
    ) -> pd.DataFrame:
        self.frequencies(instrument)
        symbol, decimals = _symbol(instrument.key)
        bars = with_retries(lambda: _ask(symbol, instrument, since)).rename(columns=_COLUMNS)
        if missing := set(_COLUMNS.values()) - set(bars.columns):
            raise SourceFormatError(f"yahoo {symbol}: no column {', '.join(sorted(missing))}.")
        bars = _finished(bars.assign(observed_at=_days(bars)))
        if bars.empty:
            raise EmptySourceError(f"yahoo {symbol} has no finished bar.")
        bars[_PRICES] = bars[_PRICES].round(decimals)
        if since is not None:
            bars = bars[bars["observed_at"] >= f"{since:%Y-%m-%d}"]
        return raw_frame(bars.assign(unit=instrument.unit))

    def codes(self) -> dict[str, str]:
        return {key: _symbol(key)[0] for key in self.carries()}


def _symbol(key: str) -> tuple[str, int]:
    """The symbol of a front month or a dated contract, and the decimals of its tick."""
    if contract := parse_contract(key):
        return contract.symbol, contract.root.decimals
    return SYMBOLS[key]


def _ask(symbol: str, instrument: Instrument, since: date | None) -> pd.DataFrame:
    PACE.wait()
    start = None if since is None else pd.Timestamp(since) - _OVERLAP
    return daily_bars(symbol, instrument, start)


def _days(bars: pd.DataFrame) -> pd.Index:
    """The exchange's days as text. The index has their midnights in the exchange's time zone."""
    return pd.DatetimeIndex(bars.index).strftime("%Y-%m-%d")


def _finished(bars: pd.DataFrame) -> pd.DataFrame:
    """The bars without the last one, if its day is not over by the release rule."""
    last = pd.DatetimeIndex(bars["observed_at"].tail(1), tz="UTC")
    over = RELEASE_RULES[Yahoo.card.release_rule["daily"]](last) <= now()
    return bars if over.all() else bars.iloc[:-1]
