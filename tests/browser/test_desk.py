"""The desk in a browser: someone logs in, goes through every page of it, and every page is for everyone."""

from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page

from doorstep.desk.users import add_user
from doorstep.errors import DoorstepError
from tests.browser.axe import faults, too_wide
from tests.browser.conftest import Open, keep_picture, look_at
from tests.browser.site import Site
from tests.browser.tapping import headed, tap, told

PASSWORD = "four words make one"
PAGES = ("", "cases", "calls", "find", "kpis", "feeds", "refused", "rumours", "stops")


@pytest.fixture(scope="module")
def keys() -> list[Any]:
    """The cookies of the last login: what a password weighs is felt, so one login does for as long as it is good."""
    return []


@pytest.fixture
def manager(site: Site, opened: Open, keys: list[Any]) -> Page:
    """A manager who has logged in, on a phone."""
    page = opened(f"{site.base}/desk/")
    assert "/desk/login" in page.url
    page.context.add_cookies(keys)
    page.goto(f"{site.base}/desk/")
    if "/desk/login" in page.url:
        log_in(site, page)
        keys[:] = page.context.cookies()
    headed(page, "Rollouts")
    return page


def log_in(site: Site, page: Page) -> None:
    """By the form, as a manager."""
    with suppress(DoorstepError):          # an earlier login of this site let her in
        add_user(site.room.store, name="mina", role="manager", password=PASSWORD, by="test", now=site.now)
    page.locator("input[name=name]").fill("mina")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    headed(page, "Rollouts")


def test_every_page_of_the_desk_is_for_everyone_on_a_phone(site: Site, manager: Page) -> None:
    visit = f"northwick/visits/{site.visits['booked', 'ar']}"
    for name in (*(f"northwick/{each}" for each in PAGES), "users", "audit", "password", visit):
        look_at(manager, f"{site.base}/desk/{name}")
        assert manager.locator("h1").count() == 1, name
        assert faults(manager) == [] and too_wide(manager) <= 0, name
        keep_picture(manager, f"desk-{name.replace('/', '-')}")


def test_a_manager_stops_everything_and_lets_it_go_on_and_both_stand_in_the_trail(site: Site, manager: Page) -> None:
    manager.goto(f"{site.base}/desk/northwick/stops")
    manager.locator("[name=reason]").fill("A wrong date in the words")
    tap(manager, manager.locator("form[action$='/stops'] button"), "The stop is in force")
    told(manager, "A wrong date in the words")
    tap(manager, manager.locator("form[action$='/resume'] button").first, "The stop has ended.")
    manager.goto(f"{site.base}/desk/audit")
    trail = manager.locator("main").inner_text()
    assert "mina" in trail and "stop" in trail


def test_logging_out_ends_it(site: Site, manager: Page) -> None:
    manager.get_by_role("button", name="Log out").click()
    headed(manager, "Log in")
    manager.goto(f"{site.base}/desk/northwick/cases")
    assert "/desk/login" in manager.url
