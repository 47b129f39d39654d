"""What a person does on a page. Each deed ends when the next page says what it must: a tap alone does not wait for it."""

import re

from playwright.sync_api import Locator, Page, expect


def told(page: Page, words: str) -> None:
    """The page says so in its main part, now or as soon as it is there."""
    expect(page.locator("main")).to_contain_text(words)


def headed(page: Page, words: str) -> None:
    """It is the page of this heading."""
    expect(page.locator("h1")).to_have_text(words)


def tap(page: Page, what: str | Locator, says: str) -> None:
    """Tap a button, by its name or as it was found, and wait for a page that says `says`, which this one does not."""
    assert says not in page.locator("main").inner_text(), f"the page says so before the tap: {says}"
    button = page.get_by_role("button", name=what, exact=True) if isinstance(what, str) else what
    button.click()
    told(page, says)


def follow(page: Page, link: str | re.Pattern[str], heading: str) -> None:
    """Follow a link to the page of that heading."""
    page.get_by_role("link", name=link).first.click()
    headed(page, heading)
