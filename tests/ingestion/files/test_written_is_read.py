"""What is read equals what was written, across separators, decimal signs, encodings and layouts."""

import csv
import datetime
import io
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.read import read_file
from wellhead.validation.parsing import parse

Prices = dict[datetime.date, int]
PRICES = st.dictionaries(
    st.dates(datetime.date(1986, 1, 1), datetime.date(2030, 12, 31)),
    st.integers(-99_999_999, 99_999_999),  # in thousandths
    min_size=1,
    max_size=30,
)
HEADERS = {
    "plain": [["date", "value"]],
    "FRED": [["observation_date", "DCOILWTICO"]],
    "Stooq": [["Date", "Open", "Close", "Volume"]],
    "yfinance": [
        ["Price", "Open", "Close", "Volume"],
        ["Ticker", *["CL=F"] * 3],
        ["Date", *[""] * 3],
    ],
    "EIA": [["Back to Contents", "Data 1"], ["Sourcekey", "RWTC"], ["Date", "Spot price"]],
}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Form(NamedTuple):
    """How a file is written."""

    layout: str
    separator: str
    decimal: str
    group: str
    places: int
    encoding: str
    quoted: bool
    month_names: bool
    end: str

    @property
    def has_bar(self) -> bool:
        return len(HEADERS[self.layout][0]) > 2


FORMS = st.builds(
    Form,
    layout=st.sampled_from(list(HEADERS)),
    separator=st.sampled_from([",", ";", "\t"]),
    decimal=st.sampled_from([".", ","]),
    group=st.sampled_from(["", " ", "\u00a0", "'", "other"]),
    places=st.integers(0, 3),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoted=st.booleans(),
    month_names=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)


def number(thousandths: int, form: Form) -> str:
    """The number as the form has it, with as many decimal places."""
    group = {".": ",", ",": "."}[form.decimal] if form.group == "other" else form.group
    whole, rest = divmod(abs(thousandths), 1000)
    digits = f"{rest:03d}"[: form.places]
    text = f"{whole:,}".replace(",", group) + (form.decimal + digits if digits else "")
    return f"-{text}" if thousandths < 0 else text


def exact(thousandths: int, places: int) -> float:
    """The value that `number` writes."""
    step = 10 ** (3 - places)
    cut = abs(thousandths) // step * step / 1000
    return -cut if thousandths < 0 else cut


def file(prices: Prices, form: Form) -> bytes:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if form.quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=form.separator, quoting=quoting, lineterminator=form.end)
    writer.writerows(HEADERS[form.layout])
    for day, value in prices.items():
        name = (
            f"{MONTHS[day.month - 1]} {day.day:02d}, {day.year}" if form.month_names else str(day)
        )
        cells = [name, number(value, form)]
        writer.writerow([cells[0], number(1234, form), cells[1], "7"] if form.has_bar else cells)
    return text.getvalue().encode(form.encoding)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=PRICES, form=FORMS, named=st.booleans())
def test_what_is_read_is_what_was_written(
    prices: Prices, form: Form, named: bool, tmp_path: Path
) -> None:
    """With its decimal sign named every file is read; without, it is read alike or refused."""
    path = tmp_path / "wti.csv"
    path.write_bytes(file(prices, form))
    layout = FileLayout(decimal=form.decimal if named else None)
    try:
        rows = parse(read_file(path, layout)).rows
    except SourceFormatError as refused:
        assert not named
        assert "can be read in two ways" in str(refused)
        return
    texts = [number(value, form) for value in [*prices.values(), *[1234][: form.has_bar]]]
    if not named and form.decimal == "," and not any("," in text for text in texts):
        return  # 1.004 is 1004 by this writer and 1.004 by default: nothing in the file tells
    read = dict(zip(rows["observed_at"].dt.date, rows["value"], strict=True))
    assert read == {day: exact(value, form.places) for day, value in prices.items()}
