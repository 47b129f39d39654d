"""What a page must be for everyone: no rule of WCAG 2.2 AA broken, nothing wider than the screen, small and at once there."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Rules that are kept are not told of: to describe thousands of elements takes longer than to look at them.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
LARGEST = 60_000
SCRIPT = Axe().axe_script


def faults(page: Page) -> list[str]:
    """The rules of WCAG that a page breaks, and where."""
    if not is_here(page):
        # The page's own policy lets no script in; axe is ours and goes around it, through the browser's own door.
        page.evaluate(SCRIPT)
    found = page.evaluate("rules => axe.run(rules).then(results => results.violations)", RULES)
    return [f"{each['id']}: {node['html'][:150]}" for each in found for node in each["nodes"]]


def is_here(page: Page) -> bool:
    """Whether axe has been read where this page stands."""
    return bool(page.evaluate("'axe' in window"))


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
