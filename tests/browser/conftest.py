"""A real Chromium for the pages. Where there is none, these tests are left out and say so; CI may leave out none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import axe
from tests.browser.site import Site, serving

# Without these it asks hosts of its maker's for news, which a closed network refuses many times over; and it would paint in a
# process of its own, to which each picture is handed over.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--in-process-gpu")
PHONE, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
PICTURES = Path(os.environ.get("DOORSTEP_PICTURES", ""))
PATIENCE = 30_000      # milliseconds: what never comes fails then, and a busy machine is no fault of the page

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, for this folder: while it runs, its loop is this thread's, and no other test could have one."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        reason = "there is no Chromium here: install your system's package chromium to run the tests of the pages"
        if os.environ.get("DOORSTEP_ALL_TESTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The town that all pages are about; a test that changes it uses a visit of its own."""
    with serving(Site(tmp_path_factory.mktemp("site"))) as ready:
        yield ready


@pytest.fixture(scope="package")
def screens(chromium: Browser) -> dict[tuple[bool, bool], Page]:
    """The screens that were switched on so far, by whether each is a phone's and runs scripts: to start one takes long."""
    return {}


@pytest.fixture
def opened(chromium: Browser, screens: dict[tuple[bool, bool], Page]) -> Iterator[Open]:
    """Opens an address on a phone or a desktop, with or without JavaScript, as someone who was never there before."""
    used: set[Page] = set()

    def open_page(address: str, *, phone: bool = True, script: bool = True, for_axe: bool = False) -> Page:
        if (phone, script) not in screens:
            context = chromium.new_context(viewport=PHONE if phone else DESKTOP, java_script_enabled=script)
            context.set_default_timeout(PATIENCE)
            screens[phone, script] = context.new_page()
        page = screens[phone, script]
        used.add(page)
        if for_axe:
            look_at(page, address)
        else:
            page.goto(address)
        return page

    yield open_page
    for page in used:
        page.context.clear_cookies()


def look_at(page: Page, address: str) -> None:
    """The page at an address, for axe: as the server sends it, in place of the page that stands there if axe has seen that one.

    Who goes to a page leaves axe behind, and to read its half a megabyte again and let it grow quick takes longer than to look.
    """
    if not axe.is_here(page):
        page.goto(address)
        return
    answer = page.request.get(address)
    assert answer.ok, (address, answer.status)
    page.set_content(answer.text())


def keep_picture(page: Page, name: str) -> None:
    """A screenshot of the whole page, where DOORSTEP_PICTURES names a folder."""
    if str(PICTURES) not in ("", "."):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
