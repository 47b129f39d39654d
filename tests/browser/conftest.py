"""A real Chromium for the pages. Where there is none, these tests are left out and say so; CI may leave out none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.site import Site, serving

# Without these it asks hosts of its maker's for news, which a closed network refuses many times over.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")
PHONE, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
PICTURES = Path(os.environ.get("DOORSTEP_PICTURES", ""))

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, for one module: while it runs, its loop is this thread's, and no other test could have one."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        reason = "there is no Chromium here: install your system's package chromium to run the tests of the pages"
        if os.environ.get("DOORSTEP_ALL_TESTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The town that all pages are about; a test that changes it uses a visit of its own."""
    with serving(Site(tmp_path_factory.mktemp("site"))) as ready:
        yield ready


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Opens an address on a phone or a desktop, with or without JavaScript; its pages must log no error."""
    contexts: list[BrowserContext] = []

    def open_page(address: str, *, phone: bool = True, script: bool = True) -> Page:
        context = chromium.new_context(viewport=PHONE if phone else DESKTOP, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def keep_picture(page: Page, name: str) -> None:
    """A screenshot of the whole page, where DOORSTEP_PICTURES names a folder."""
    if str(PICTURES) not in ("", "."):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
