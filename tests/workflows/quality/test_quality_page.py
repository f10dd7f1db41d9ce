"""The page of data quality: complete, true to what is stored, and without a network."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.loads import ingest
from tests.workflows.quality.rows import business_days
from wellhead.errors import ValidationRefusedError
from wellhead.validation.gaps import known_gaps
from wellhead.validation.suites import load_suite, suite_tables
from wellhead.validation.tolerances import basis_pairs
from wellhead.workflows.publishing.quality_page import write_quality_page


def _page(site: Path) -> str:
    return write_quality_page(site).read_text()


def _words(html: str) -> str:
    """What a reader sees, each tag and run of blanks one space."""
    return " ".join(
        unescape(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", html, flags=re.S)).split()
    )


@pytest.fixture
def site(folder: Path) -> Path:
    return folder / "site"


def test_it_shows_every_rule_with_its_reason(site: Path) -> None:
    words = _words(_page(site))  # of an empty database
    for table in suite_tables():
        for rule in load_suite(table).rules:
            assert f"{rule.name} {rule.severity} {rule.reason}" in words
    for entry in known_gaps():
        assert f"{entry.name} {entry.reason}" in words
    for must in basis_pairs().values():
        assert must.reason in words


def test_it_shows_scores_results_gaps_and_the_quarantine(site: Path, write) -> None:
    rows = business_days(300)
    del rows[201]
    write("wti", [*rows[:-1], "2022-02-24,<script>alert(1)</script>"])
    ingest("WTI", "csv")
    write("brent", [row.replace(",6", ",6000") for row in business_days(30)])
    with pytest.raises(ValidationRefusedError):
        ingest("BRENT", "csv")
    html = _page(site)
    words = _words(html)
    assert re.search(r"csv \d{4}-\d\d-\d\d 2 1 329 31 90\.58 % no", words)
    assert "BRENT , daily, from csv" in words
    assert "score 0.00 %, refused" in words
    assert re.search(r"value-is-a-number reject 299 1 60 to 66", words)
    assert "WTI, daily, csv 2021-10-12" in words  # a session without an explanation
    assert "value=<script>alert(1)</script>" in words  # as text
    assert "<script>alert(1)" not in html
    assert "Nothing stored can be compared" in words


def test_it_asks_no_network_and_links_what_is_there(site: Path, write) -> None:
    write("wti", business_days(300))
    ingest("WTI", "csv")
    html = _page(site)
    targets = re.findall(r'(?:src|href|action|data)\s*=\s*["\']([^"\']+)', html)
    assert {t for t in targets if not t.startswith("#")} == {
        "../plotly.min.js",
        "../index.html",
        "data:,",
    }
    assert not re.search(r'url\(|@import|(?:["\'(])//', html)
    for anchor in (t[1:] for t in targets if t.startswith("#")):
        assert f'id="{anchor}"' in html
