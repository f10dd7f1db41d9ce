"""A headless Chromium that the machine provides, and what it reports about a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=60_000)  # a busy machine takes seconds to draw a page


@dataclass
class Visit:
    """An open page, and what the browser reported about it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


@contextmanager
def visiting() -> Iterator[Visit]:
    """An empty page. Skips without a Chromium; in CI that is a failure."""
    program = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if program is None:
        missing = "no Chromium on this machine: install one to test the pages"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=_FLAGS)
        seen = Visit(browser.new_page(viewport={"width": 1280, "height": 900}))
        _listen(seen)
        yield seen
        browser.close()


def _listen(seen: Visit) -> None:
    page = seen.page
    page.on("console", lambda message: message.type == "error" and seen.errors.append(message.text))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", lambda asked: seen.hosts.add(urlsplit(asked.url).hostname or "127.0.0.1"))
    page.on("websocket", lambda opened: seen.hosts.add(urlsplit(opened.url).hostname or ""))
    page.on("response", lambda got: got.status >= 400 and seen.refused.append(got.url))
