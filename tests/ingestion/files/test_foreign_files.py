"""Malformed and foreign files: the right rows or one clear line, and never a wrong value."""

import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ingestion.files.books import Day, xlsx
from wellhead.errors import SourceError
from wellhead.ingestion.files.layout import FileLayout
from wellhead.ingestion.files.read import read_file
from wellhead.validation.parsing import parse

# The prices that every file means; the first day is Excel's day 44200.
TRUTH = {"2021-01-04": 72.04, "2021-01-05": 1004.25, "2021-01-06": -36.98, "2021-01-07": 0.5}
DAYS = list(TRUTH)
PLAIN = "date,value\n2021-01-04,72.04\n2021-01-05,1004.25\n2021-01-06,-36.98\n2021-01-07,0.5\n"
SEMICOLON = "date;value\n2021-01-04;72,04\n2021-01-05;1.004,25\n2021-01-06;-36,98\n2021-01-07;0,5\n"
GERMAN = SEMICOLON.replace("date;value", "Datum;Schluss €")
NAMED = FileLayout(date_column="datum", value_column="Schluss €")
AS_IT_IS = FileLayout()


def dated(form: str, header: str = "date,value") -> str:
    """The same prices with days in another form: 04 stands for the day of the month."""
    days = [form.replace("04", f"{day:02d}") for day in (4, 5, 6, 7)]
    rows = [f"{day},{value}" for day, value in zip(days, TRUTH.values(), strict=True)]
    return "\n".join([header, *rows, ""])


def zipped(name: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr(name, PLAIN)
    return archive.getvalue()


@dataclass(frozen=True)
class File:
    """`good`: the days that are read. `error`: what the one line says instead."""

    content: str | bytes
    good: int | None = 4
    error: str = ""
    layout: FileLayout = AS_IT_IS


OHLC = "Date,Open,High,Low,Close,Volume\n2021-01-04,71,73,70,72.04,9\n2021-01-05,1,1,1,1004.25,9\n"
FILES = {
    # encodings
    "UTF-8": File(PLAIN),
    "UTF-8 with a byte-order mark": File("\ufeff" + PLAIN),
    "UTF-16, little end first": File(PLAIN.encode("utf-16")),
    "UTF-16, big end first": File(b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    "UTF-16 without a mark": File(PLAIN.encode("utf-16-le"), error="not a readable CSV file"),
    "Windows-1252": File(GERMAN.encode("cp1252"), layout=NAMED),
    "bytes of no encoding": File(
        b"date,value\n2021-01-04,72.04\x81\x8d\n", error="no text in UTF-8"
    ),
    "NUL bytes": File(PLAIN.replace("72", "7\x002"), error="no text in UTF-8"),
    # ends of lines, blanks, quotes
    "Windows ends of lines": File(PLAIN.replace("\n", "\r\n")),
    "old Mac ends of lines": File(PLAIN.replace("\n", "\r")),
    "no end of line at the end": File(PLAIN.rstrip()),
    "blank lines and lines of commas": File(PLAIN.replace("2021-01-05", "\n,\n2021-01-05")),
    "blanks around cells": File(PLAIN.replace(",", " , ")),
    "quoted cells": File(PLAIN.replace("2021-01-04,72.04", '"2021-01-04","72.04"')),
    "a quote that never ends": File(PLAIN.replace("72.04", '"72.04'), error="more or fewer cells"),
    "a quote that swallows a row": File(
        PLAIN.replace("72.04", '"72.04').replace("1004.25", '1004.25"'), good=2
    ),
    "a note of two lines": File(
        'date,value,note\n2021-01-04,72.04,"one\ntwo"\n2021-01-05,1004.25,\n', good=2
    ),
    "a huge cell": File(PLAIN + "2021-01-08," + "9" * 200_000, error="line 6: field larger"),
    # separators and decimals
    "semicolons and decimal commas": File(SEMICOLON),
    "tabs": File(PLAIN.replace(",", "\t")),
    "unquoted decimal commas": File(
        SEMICOLON.replace(";", ",").replace(".", ""), error="decimal comma"
    ),
    "one unquoted decimal comma": File(PLAIN.replace("72.04", "72,04"), good=3),
    "decimal comma before an empty column": File(
        "date,value,note\n2021-01-04,72,04,\n2021-01-05,1004,25,\n", error="decimal comma"
    ),
    "decimal comma before a column, unpadded": File(
        "date,value,volume\n2021-01-04,72,04\n2021-01-05,1004.25,7\n", good=1
    ),
    "quoted decimal commas": File(
        PLAIN.replace("72.04", '"72,04"')
        .replace("1004.25", '"1.004,25"')
        .replace("-36.98", '"-36,98"')
        .replace("0.5", '"0,5"')
    ),
    "quoted thousands": File(PLAIN.replace("1004.25", '"1,004.25"')),
    "unquoted thousands": File(PLAIN.replace("1004.25", "1,004.25"), good=3),
    "thousands by blanks": File(SEMICOLON.replace("1.004", "1\u00a0004")),
    "three digits after every comma": File(
        "date;value\n2021-01-04;2,581\n2021-01-05;2,582\n", error="can be read in two ways"
    ),
    "points and commas in turn": File(PLAIN.replace("72.04", '"72,04"'), good=3),
    "a decimal sign that the option contradicts": File(
        SEMICOLON.replace("72,04", "72.04"), good=3, layout=FileLayout(decimal=",")
    ),
    "a comma as the option says": File(
        "date;value\n2021-01-07;0,500\n", good=1, layout=FileLayout(decimal=",")
    ),
    "trailing commas": File(PLAIN.replace("\n2", ",\n2").replace("value,", "value")),
    # units and signs in cells
    "units in cells": File(PLAIN.replace("72.04", "72.04 USD"), good=3),
    "currency signs": File(PLAIN.replace("72.04", "$72.04"), good=3),
    "brackets for a minus": File(PLAIN.replace("-36.98", "(36.98)"), good=3),
    "a percentage": File(PLAIN.replace("0.5", "50%"), good=3),
    "words for no value": File(PLAIN + "2021-01-08,\n2021-01-11,.\n2021-01-12,#N/A\n"),
    "infinity": File(PLAIN.replace("72.04", "inf"), good=3),
    # headers
    "no header": File(PLAIN.partition("\n")[2], error="lacks the column date and value"),
    "header alone": File("date,value\n", error="header but no rows"),
    "empty": File("", error="is empty"),
    "blanks alone": File(" \n\n", error="is empty"),
    "a column twice": File(
        "date,value,value\n2021-01-04,72.04,5\n", error="has a column twice: value"
    ),
    "other names": File(GERMAN, error="it has Datum, Schluss €"),
    "other names, named": File(GERMAN, layout=NAMED),
    "a name that is not there": File(
        PLAIN,
        error="lacks the column Kurs; it has date, value",
        layout=FileLayout(value_column="Kurs"),
    ),
    "several prices": File(
        "date,price,close\n2021-01-04,72.04,5\n", error="price, close. Name one with"
    ),
    "a title above the header": File("Oil prices\n\n" + PLAIN),
    "header repeated within": File(PLAIN.replace("2021-01-06", "date,value\n2021-01-06")),
    "a note below": File(PLAIN + "Source: somewhere\n"),
    "another row twice as long": File(PLAIN + "2021-01-08,5,2021-01-09,6\n"),
    "a row cut off": File(PLAIN + "2021-01-0\n"),
    "bars without the last cells": File(OHLC + "2021-01-06,1,2\n", good=2),
    # dates
    "month names": File(dated('"Jan 04, 2021"')),
    "day before the month's name": File(dated("04-Jan-2021")),
    "with the day of the week": File(dated('"Mon, 04 January 2021"')),
    "slashes, year first": File(dated("2021/01/04")),
    "digits alone": File(dated("20210104")),
    "day or month first": File(dated("04/01/2021"), error='"%d/%m/%Y" or --date-format "%m/%d/%Y"'),
    "month first, as one row shows": File(
        dated("01/04/2021") + "01/13/2021,5\n",
        error='Say how to read it: --date-format "%m/%d/%Y" (',
    ),
    "points, day first": File(dated("04.01.2021"), layout=FileLayout(date_format="%d.%m.%Y")),
    "years of two digits": File(dated("04-01-21"), error="%y-%m-%d"),
    "another format than the one named": File(
        PLAIN, good=0, layout=FileLayout(date_format="%d.%m.%Y")
    ),
    "days of Excel as numbers": File("date,value\n44200,72.04\n", good=0),
    "days that do not exist": File(PLAIN.replace("01-04", "02-30"), good=3),
    # other kinds of files
    "HTML": File("<!DOCTYPE html>\n<html><body>Log in</body></html>", error="a web page"),
    "JSON": File('{"date": "2021-01-04", "value": 72.04}', error="JSON"),
    "a list in JSON": File('[{"date": "2021-01-04"}]', error="JSON"),
    "a PDF": File("%PDF-1.7 date,value", error="a PDF"),
    "a zip archive": File(zipped("wti.csv"), error="a zip archive or a workbook"),
    "a workbook cut off": File(xlsx({"a": [["date", "value"]]})[:200], error="cannot be read"),
    "compressed": File(gzip.compress(PLAIN.encode()), error="no text in UTF-8"),
    "hours": File(
        "date,value\n" + "".join(f"2021-01-04 {h:02d}:00,{h}\n" for h in range(24)),
        error="this file has 24 values a day: give daily prices",
    ),
    "a workbook": File(
        xlsx(
            {
                "Sheet1": [
                    ["Date", "Value"],
                    *([Day(44200 + i), v] for i, v in enumerate(TRUTH.values())),
                ]
            }
        )
    ),
    "text in a workbook": File(
        xlsx(
            {
                "Sheet1": [
                    ["date", "value"],
                    *([d, f"{v}".replace(".", ",")] for d, v in TRUTH.items()),
                ]
            }
        )
    ),
    "merged cells": File(
        xlsx({"S": [["date", "value"], ["2021-01-04", 72.04], [None, 5.0], [None, 6.0]]}, "A2:A4"),
        good=1,
    ),
    "an empty workbook": File(xlsx({"Sheet1": []}), error="no sheet with rows"),
    "prices on two sheets": File(
        xlsx(
            {
                "a": [["date", "value"], ["2021-01-04", 1.0]],
                "b": [["date", "close"], ["2021-01-04", 2.0]],
            }
        ),
        error="several sheets: a, b",
    ),
}  # a table, one file a line


def read(file: File, folder: Path) -> dict[str, float]:
    """The values by day that would be stored: those of rows with a day and a number."""
    path = folder / "wti.csv"
    content = file.content
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = parse(read_file(path, file.layout)).rows.dropna(subset=["observed_at", "value"])
    return dict(zip(rows["observed_at"].dt.strftime("%Y-%m-%d"), rows["value"], strict=True))


@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_gives_the_right_rows_or_one_clear_line(name: str, tmp_path: Path) -> None:
    file = FILES[name]
    if file.error:
        with pytest.raises(SourceError) as refused:
            read(file, tmp_path)
        assert file.error in str(refused.value)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 600
        return
    values = read(file, tmp_path)
    assert len(values) == file.good
    assert {day: TRUTH.get(day) for day in values} == values
