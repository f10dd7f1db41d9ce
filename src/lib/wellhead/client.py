"""A client of the API for Python programs: answers are frames.

    from wellhead.client import Client

    with Client("http://127.0.0.1:8000", key="wh_…") as wellhead:
        forecast = wellhead.forecast("WTI")
        forecast.frame, forecast.provenance["is_stale"]
        prices = wellhead.prices("WTI", start="2018-01-01")

Moments in frames are aware UTC; days are midnights UTC, as in the rest of Wellhead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx
import pandas as pd

from wellhead.errors import ApiError, ApiUnreachableError

_MOMENTS = (
    "available_at",
    "created_at",
    "fetched_at",
    "first_origin",
    "known_at",
    "last_origin",
    "made_at",
)
_DAYS = ("day", "target_date", "last_observed_at")


@dataclass(frozen=True)
class Forecast:
    """A forecast: one row a day, or month by its first day.

    `frame`: indexed by target_date; horizon, mean and a column a quantile ('0.1'), in `unit`. A
    stored forecast has from_publication and is_past besides. `provenance`: as in docs/api.md.
    """

    commodity: str
    target: str
    unit: str
    frame: pd.DataFrame
    provenance: dict[str, Any]


class Client:
    """A connection to the API. `http` takes the place of the connection that it would make."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 30,
        http: httpx.Client | None = None,
    ) -> None:
        self._http = http or httpx.Client(base_url=url, timeout=timeout)
        if key is not None:
            self._http.headers["Authorization"] = f"Bearer {key}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def commodities(self) -> pd.DataFrame:
        """Every instrument: commodity, name, unit, calendar, champions (target -> model)."""
        return pd.DataFrame(self._get("/v1/commodities")["commodities"])

    def prices(
        self,
        commodity: str,
        *,
        start: str | None = None,
        end: str | None = None,
        as_of: str | None = None,
        source: str | None = None,
        frequency: str = "daily",
    ) -> pd.DataFrame:
        """Prices as they were known at `as_of` (ISO with a time zone; default: now).

        One row a day, oldest first: day, value, available_at, unit, source. All pages are read; a
        moment holds for all of them, so the frame is of one state of the data.
        """
        asked = {"start": start, "end": end, "as_of": as_of, "source": source}
        pages = list(self._pages(f"/v1/prices/{commodity}", {**asked, "frequency": frequency}))
        rows = [row for page in pages for row in page["prices"]]
        return _frame(rows).assign(unit=pages[0]["unit"], source=pages[0]["source"])

    def forecast(
        self,
        commodity: str,
        *,
        target: str = "daily",
        days: int | None = None,
        model: str | None = None,
        quantiles: Sequence[float] | None = None,
    ) -> Forecast:
        """The newest forecast of the champion, or of `model`. Raises ApiError."""
        names = None if quantiles is None else ",".join(f"{each:g}" for each in quantiles)
        asked = {"target": target, "days": days, "model": model, "quantiles": names}
        return _forecast(self._get(f"/v1/forecasts/{commodity}", asked))

    def infer(
        self,
        commodity: str,
        prices: pd.Series | None = None,
        *,
        target: str = "daily",
        rows: int | None = None,
        model: str | None = None,
    ) -> Forecast:
        """A forecast on request of the champion, or of `model`. Raises ApiError.

        `prices`: your own, signed, in the commodity's unit, indexed by day, the oldest first; by
        default the newest stored ones. `rows`: sessions or months.
        """
        given = {"commodity": commodity, "target": target, "rows": rows, "model": model}
        asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if prices is not None:
            days = pd.DatetimeIndex(prices.index).strftime("%Y-%m-%d")
            pairs = zip(days, prices.astype(float), strict=True)
            asked["prices"] = [{"day": day, "value": value} for day, value in pairs]
        return _forecast(self._ask("POST", "/v1/inference", json=asked))

    def history(
        self,
        commodity: str,
        *,
        target: str = "daily",
        source: str | None = None,
        model: str | None = None,
        horizon: int | None = None,
        made_from: str | None = None,
        made_to: str | None = None,
    ) -> pd.DataFrame:
        """What was forecast when, from the ledger: one row a (made_at, model, version, target)."""
        asked = {"target": target, "source": source, "model": model, "horizon": horizon}
        asked |= {"made_from": made_from, "made_to": made_to}
        pages = self._pages(f"/v1/forecasts/{commodity}/history", asked)
        return _frame([row for page in pages for row in page["rows"]])

    def models(self, commodity: str, *, target: str = "daily") -> pd.DataFrame:
        """The newest version of each model, and which is the champion."""
        return _frame(self._get(f"/v1/models/{commodity}", {"target": target})["models"])

    def versions(self, commodity: str, *, target: str = "daily") -> pd.DataFrame:
        """Every version in the model registry, newest first: model, version, aliases, …"""
        path = f"/v1/models/{commodity}/versions"
        return _frame(self._get(path, {"target": target})["versions"])

    def card(
        self, commodity: str, *, target: str = "daily", model: str | None = None
    ) -> dict[str, Any]:
        """What the champion, or `model`, is, how it works, and where its limits are."""
        return self._get(f"/v1/models/{commodity}/card", {"target": target, "model": model})

    def scores(self, commodity: str, *, target: str = "daily") -> pd.DataFrame:
        """The leaderboard: one row a (model, horizon), a column a metric; -1 pools horizons."""
        rows = self._get(f"/v1/scores/{commodity}", {"target": target})["scores"]
        return _frame([{**row, **row.pop("metrics")} for row in rows])

    def coverage(self, commodity: str, *, target: str = "daily") -> pd.DataFrame:
        """How forecasts in the ledger have done: one row a (source, model, horizon)."""
        return _frame(self._get(f"/v1/coverage/{commodity}", {"target": target})["records"])

    def analysis(
        self, commodity: str, kind: str, *, as_of: str | None = None, source: str | None = None
    ) -> dict[str, Any]:
        """The newest analysis that was known at `as_of`: its summary, result and provenance.

        `kind`: 'volatility', 'correlation', 'seasonality' or 'anomalies'.
        """
        asked = {"as_of": as_of, "source": source}
        return self._get(f"/v1/analytics/{commodity}/{kind}", asked)

    def brief(self, *, as_of: str | None = None, source: str | None = None) -> dict[str, Any]:
        """The market brief: its sentences, each with the numbers behind it."""
        return self._get("/v1/analytics/brief", {"as_of": as_of, "source": source})

    def quality(self, *, source: str | None = None) -> pd.DataFrame:
        """The newest load of each series, with the share of rows that passed."""
        return _frame(self._get("/v1/quality", {"source": source})["loads"])

    def _pages(self, path: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        page = self._get(path, {**asked, "limit": 10_000})
        yield page
        if asked.get("as_of") is None and "as_of" in page:
            asked = {**asked, "as_of": page["as_of"]}
        while page["next"] is not None:
            page = self._get(path, {**asked, "limit": 10_000, "cursor": page["next"]})
            yield page

    def _get(self, path: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        given = {name: value for name, value in (asked or {}).items() if value is not None}
        return self._ask("GET", path, params=given)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise ApiUnreachableError(
                f"the API at {self._http.base_url} did not answer: {type(error).__name__}. Check "
                "the address, and that it runs."
            ) from None
        if response.status_code != httpx.codes.OK:
            raise _refusal(response)
        body: dict[str, Any] = response.json()
        return body


def _refusal(response: httpx.Response) -> ApiError:
    try:
        problem = response.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, LookupError, TypeError):
        code, detail = "unknown", f"the API answered with status {response.status_code}."
    wait = response.headers.get("retry-after", "")
    seconds = float(wait) if wait.isdecimal() else None
    return ApiError(detail, status=response.status_code, code=code, retry_after=seconds)


def _forecast(body: dict[str, Any]) -> Forecast:
    frame = _frame(body["forecast"]).set_index("target_date")
    return Forecast(body["commodity"], body["target"], body["unit"], frame, body["provenance"])


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A frame with aware moments; a column a quantile."""
    flat = [{**row, **row.pop("quantiles", {})} for row in rows]
    frame = pd.DataFrame(flat)
    for name in frame.columns.intersection([*_MOMENTS, *_DAYS]):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame
