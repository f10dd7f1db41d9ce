"""Files as people download them are read as they come, or by what is said about them."""

from pathlib import Path

import pytest

from tests.ingestion.files.books import Day, xlsx
from wellhead.errors import InputError, SettingsError, SourceFormatError
from wellhead.ingestion.files.layout import FileLayout, layout_of, layout_options, layouts
from wellhead.ingestion.files.read import read_file

DAYS = ["2021-01-04", "2021-01-05"]
EIA = "Cushing, OK WTI Spot Price FOB (Dollars per Barrel)"
LAYOUTS = {
    "FRED": "observation_date,DCOILWTICO\n2021-01-04,72.04\n2021-01-05,-36.98\n",
    "FRED until 2024": "DATE,DCOILWTICO\n2021-01-04,72.04\n2021-01-05,-36.98\n",
    "EIA": "Back to Contents,Data 1: Cushing\nSourcekey,RWTC\n"
    f'Date,"{EIA}"\n"Jan 04, 2021",72.04\n"Jan 05, 2021",-36.98\n',
    "yfinance": "Price,Close,High,Low,Open,Volume\nTicker,CL=F,CL=F,CL=F,CL=F,CL=F\nDate,,,,,\n"
    "2021-01-04,72.04,73,71,71.5,9\n2021-01-05,-36.98,17.85,-40.32,17.73,9\n",
    "yfinance by ticker": "Ticker,CL=F,CL=F\nPrice,Open,Close\nDate,,\n"
    "2021-01-04,71.5,72.04\n2021-01-05,17.73,-36.98\n",
    "yfinance, two rows": "Price,Adj Close,Close\nDate,CL=F,CL=F\n"
    "2021-01-04,1,72.04\n2021-01-05,1,-36.98\n",
    "investing.com": '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"Jan 05, 2021","-36.98","17.73","17.85","-40.32","1.2M","-0.42%"\n'
    '"Jan 04, 2021","72.04","71.5","73","71","312.41K","-0.42%"\n',
    "Stooq": "Date,Open,High,Low,Close,Volume\n2021-01-04,71.5,73,71,72.04,9\n"
    "2021-01-05,17.73,17.85,-40.32,-36.98,9\n",
    "Stooq's archive": "<TICKER>,<PER>,<DATE>,<TIME>,<CLOSE>\nCL.F,D,20210104,000000,72.04\n"
    "CL.F,D,20210105,000000,-36.98\n",
    "plain, with more": "date,value,unit,open\n2021-01-04,72.04,USD/bbl,71\n"
    "2021-01-05,-36.98,USD/bbl,17\n",
}


def written(folder: Path, content: str | bytes, name: str = "wti.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_known_layout_is_read_as_it_comes(name: str, tmp_path: Path) -> None:
    rows = read_file(written(tmp_path, LAYOUTS[name]), FileLayout()).sort_values("observed_at")
    assert rows["observed_at"].tolist() == DAYS
    assert rows["value"].tolist() == ["72.04", "-36.98"]
    assert rows["as_written"].isna().all()


def test_volumes_have_their_thousands_and_bars_their_columns(tmp_path: Path) -> None:
    rows = read_file(written(tmp_path, LAYOUTS["investing.com"]), FileLayout())
    assert rows["volume"].tolist() == ["1200000", "312410"]
    assert rows[["open", "high", "low"]].iloc[1].tolist() == ["71.5", "73", "71"]


@pytest.mark.parametrize("title", [EIA, "NY Gasoline (Dollars per Gallon)", "Stocks"])
def test_the_unit_in_eias_title_is_read(title: str, tmp_path: Path) -> None:
    unit = {EIA: "USD/bbl", "Stocks": None}.get(title, "USD/gal")
    content = LAYOUTS["EIA"].replace(EIA, title)
    assert read_file(written(tmp_path, content), FileLayout())["unit"].tolist() == [unit] * 2


def test_eias_workbook_is_read_from_its_sheet_of_data(tmp_path: Path) -> None:
    head: list[list[str | float | Day | None]] = [
        ["Back to Contents", "Data 1: Cushing"],
        ["Sourcekey", "RWTC"],
        ["Date", EIA],
    ]
    rows: list[list[str | float | Day | None]] = [[Day(44200), 72.04], [Day(44201), -36.98]]
    book = xlsx({"Contents": [["Workbook Contents"]], "Data 1": [*head, *rows]})
    for name in ("wti.xlsx", "WTI.XLS", "wti.csv"):  # the content decides, not the name
        table = read_file(written(tmp_path, book, name), FileLayout())
        assert table["observed_at"].tolist() == DAYS
        assert table["value"].tolist() == ["72.04", "-36.98"]
        assert table["unit"].tolist() == ["USD/bbl"] * 2


def test_a_time_of_day_in_a_workbook_is_kept_for_the_rules(tmp_path: Path) -> None:
    book = xlsx({"Sheet1": [["date", "value"], [Day(44200.5), 72.04]]})
    assert read_file(written(tmp_path, book), FileLayout())["observed_at"][0] == (
        "2021-01-04 12:00:00"
    )


@pytest.mark.parametrize("code", ["RWTC", EIA])
def test_one_of_several_series_is_named_by_code_or_title(code: str, tmp_path: Path) -> None:
    content = (
        f'Sourcekey,RBRTE,RWTC\nDate,Brent,"{EIA}"\n"Jan 04, 2021",50,72.04\n'
        '"Jan 05, 2021",51,-36.98\n'
    )
    path = written(tmp_path, content)
    with pytest.raises(SourceFormatError, match="Name one with --value-column"):
        read_file(path, FileLayout())
    assert read_file(path, FileLayout(value_column=code))["value"].tolist() == ["72.04", "-36.98"]


@pytest.mark.parametrize(
    "content",
    [
        "observation_date,DCOILWTICO_PC1\n2021-01-04,3.5\n",  # a change in percent is no price
        "date,volume\n2021-01-04,3\n",
        "date,temperature\n2021-01-04,3\n",
    ],
)
def test_a_single_column_is_not_taken_for_the_price(content: str, tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="lacks the column value"):
        read_file(written(tmp_path, content), FileLayout())


def test_two_tickers_are_not_mixed(tmp_path: Path) -> None:
    content = "Price,Close,Close\nTicker,CL=F,BZ=F\nDate,,\n2021-01-04,72,75\n"
    with pytest.raises(SourceFormatError, match="holds several series: BZ=F, CL=F"):
        read_file(written(tmp_path, content), FileLayout())


def test_a_layout_file_says_what_the_options_leave_open(tmp_path: Path) -> None:
    path = written(tmp_path, "Datum;Kurs;Fix\n04.01.2021;72,04;1\n05.01.2021;-36,98;2\n")
    entry = '{date_column: Datum, value_column: Fix, date_format: "%d.%m.%Y"}'
    (tmp_path / "layout.yml").write_text(f"wti.csv: {entry}\n")
    assert read_file(path, layout_of(path))["value"].tolist() == ["1", "2"]
    rows = read_file(path, layout_of(path, FileLayout(value_column="Kurs")))
    assert rows["value"].tolist() == ["72.04", "-36.98"]
    assert rows["observed_at"].tolist() == DAYS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wti.csv: {decimals: ','}", "wti.csv, decimals: .*The keys are date_column"),
        ("wti.csv: {decimal: ';'}", "wti.csv, decimal: Input should be '.' or ','"),
        ("wti.csv: {date_format: DD.MM}", "wti.csv, date_format: 'DD.MM' gives no day"),
        ("wti.csv: {date_format: '%d.%m.'}", "gives no day"),
        ("wti.csv: yes", "wti.csv: "),
        ("wti.csv: {}\nwti.csv: {}", "given twice"),
        ("brent.csv: {decimal: ','}", "there is no file 'brent.csv' beside it"),
        ("[1, 2]", "does not describe files"),
        ("a: [", "does not describe files"),
    ],
)
def test_a_wrong_layout_file_is_one_clear_line(text: str, words: str, tmp_path: Path) -> None:
    written(tmp_path, LAYOUTS["FRED"])
    (tmp_path / "layout.yml").write_text(text)
    with pytest.raises(SettingsError, match=words) as wrong:
        layouts(tmp_path)
    assert str(tmp_path / "layout.yml") in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_wrong_option_is_one_clear_line() -> None:
    with pytest.raises(InputError, match=r"--date-format: 'DD\.MM\.YYYY' gives no day"):
        layout_options(date_format="DD.MM.YYYY")
    with pytest.raises(InputError, match="--decimal: "):
        layout_options(decimal="comma")
    assert layout_options(decimal=None, date_format=None) is None
