"""Every page as people meet it: on a small phone and a desktop, in English and Arabic, for a screen reader, without a script."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.axe import LARGEST, faults, too_wide
from tests.browser.conftest import Open, keep_picture
from tests.browser.site import LANGUAGES, STATES, Site

CRAWLED = (("booked", "ar"), ("completed", "en"))


def reachable(site: Site, visit: int) -> list[str]:
    """The customer's page and each page of theirs that a link on it leads to."""
    first = site.page(visit)
    found = [first]
    for address in found:
        page = site.fetch(address)
        assert page.status_code == 200, (address, page.status_code)
        if "html" in page.headers["content-type"]:
            links = {site.base + link for link in re.findall(r'href="(/v/[^"#?]+)', page.text)}
            found += sorted(link for link in links if link.startswith(first) and link not in found and not link.endswith(".ics"))
    return found


def is_for_everyone(page: Page, language: str) -> None:
    """No rule of WCAG 2.2 AA is broken, nothing is cut off, and it reads in its own direction."""
    assert faults(page) == []
    assert too_wide(page) <= 0, "the page is wider than the phone"
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1 and page.title().strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_customers_page_is_for_everyone_on_a_small_phone(site: Site, opened: Open, state: str, language: str) -> None:
    page = opened(site.page(site.visits[state, language]), for_axe=True)
    is_for_everyone(page, language)
    keep_picture(page, f"visit-{state}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_behind_a_customers_page_is_for_everyone_too(site: Site, opened: Open, language: str) -> None:
    behind = {re.sub(r".*/v/[^/]+/", "", address): address for state in ("booked", "completed")
              for address in reachable(site, site.visits[state, language])[1:]}
    assert len(behind) >= 6
    for name, address in sorted(behind.items()):
        page = opened(address, for_axe=True)
        is_for_everyone(page, language)
        keep_picture(page, f"visit-{name.replace('/', '-')}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_desktop_shows_the_same_page(site: Site, opened: Open, language: str) -> None:
    page = opened(site.page(site.visits["booked", language]), phone=False, for_axe=True)
    is_for_everyone(page, language)
    keep_picture(page, f"visit-booked-{language}-desktop")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desktop"])
def test_the_public_page_is_for_everyone(site: Site, opened: Open, language: str, phone: bool) -> None:
    page = opened(f"{site.base}/r/northwick/{language}", phone=phone, for_axe=True)
    is_for_everyone(page, language)
    keep_picture(page, f"public-{language}-{'phone' if phone else 'desktop'}")


def test_no_page_needs_a_script_or_a_byte_from_elsewhere_and_all_are_small(site: Site) -> None:
    public = [f"{site.base}/r/northwick/{language}" for language in LANGUAGES]
    own = [address for (state, language), visit in site.visits.items()
           for address in (reachable(site, visit) if (state, language) in CRAWLED else [site.page(visit)])]
    style = len(site.fetch(f"{site.base}/style.css").content)
    for address in (*public, *own):
        page = site.fetch(address)
        assert "<script" not in page.text and not re.search(r'(src|href|action)="(https?:)?//', page.text), address
        assert len(page.content) + style < LARGEST, (address, len(page.content))
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("kind", ["a customer's", "public", "the desk's"])
def test_a_browser_that_goes_to_a_page_may_load_its_style(site: Site, opened: Open, kind: str) -> None:
    """What a page's own headers forbid only shows where a browser went to it."""
    where = {"a customer's": site.page(site.visits["booked", "en"]), "public": f"{site.base}/r/northwick/en",
             "the desk's": f"{site.base}/desk/login"}
    page = opened(where[kind])
    sheets = page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length)")
    assert sheets and min(sheets) > 3


def test_large_letters_make_a_longer_page_and_not_a_wider_one(site: Site, opened: Open) -> None:
    page = opened(site.page(site.visits["booked", "en"]))
    page.evaluate(
        "document.documentElement.style.fontSize = '200%'")
    assert too_wide(page) <= 0
