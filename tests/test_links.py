"""Signed links: what they say, who can make them, and what they are good for."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from doorstep.delivery.lines import open_lines
from doorstep.links import Links, open_links, page_until
from doorstep.settings import Settings
from tests.making import at, make_rollout
from tests.town import Town

LINKS = Links(["old", "new"], "https://visits.example/")


def token(link: str) -> str:
    return link.rpartition("/")[2]


def test_an_unsubscribe_link_leads_back_to_its_notice_and_holds_nothing_else() -> None:
    link = LINKS.unsubscribe(42)
    assert link.startswith("https://visits.example/u/NDI.") and LINKS.unsubscribed(token(link)) == 42


@pytest.mark.parametrize("bent", ["", "NDI", "NDI.x", "NDM" + token(LINKS.unsubscribe(42))[3:], token(LINKS.unsubscribe(42))[:-4],
                                  token(Links(["other"], "https://x").unsubscribe(42)), "IjQyIg." + "x" * 27, "\ud800"])
def test_a_link_that_we_did_not_make_leads_nowhere(bent: str) -> None:
    assert LINKS.unsubscribed(bent) is None


def test_a_link_made_before_the_key_was_changed_still_holds() -> None:
    assert LINKS.unsubscribed(token(Links(["old"], "https://visits.example").unsubscribe(7))) == 7


@pytest.mark.parametrize(("key", "url", "there"), [("", "https://x.example", False), ("k", "http://x.example", False),
                                                   ("k", "https://x.example", True)])
def test_messages_carry_links_only_once_customers_can_reach_them(key: str, url: str, there: bool, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret_key=SecretStr(key), public_url=url)
    assert (open_links(settings) is not None) == there
    assert (open_lines(make_rollout(), settings).links is not None) == there


def test_what_may_be_unsubscribed_carries_a_link_and_a_duty_notice_none(tmp_path: Path) -> None:
    town = Town(tmp_path)
    visit = town.world.visit("2027-03-09", prefers="email")
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.links = LINKS
    town.night("2027-03-10 10:00")
    kept = {town.one(id=item.notice_id).notice: item.unsubscribe for item in town.streets["email"].items}
    assert LINKS.unsubscribed(token(kept["how-did-it-go"])) == town.one(notice="how-did-it-go").id
    assert all(link == "" for notice, link in kept.items() if town.world.rollout.row(notice).purpose == "duty")


# ---- the customer's own page ---------------------------------------------------------------------------------

MIDNIGHT = 20_000 * 86_400
OWN = LINKS.visit(1_234_567, MIDNIGHT)


def test_a_visits_link_is_short_enough_for_a_text_message_and_leads_back_to_its_visit() -> None:
    assert OWN.startswith("https://visits.example/v/") and len(token(OWN)) == 23
    assert LINKS.visited(token(OWN), MIDNIGHT - 1) == (1_234_567, True)
    assert LINKS.visited(token(LINKS.visit(2**40 - 1, MIDNIGHT)), MIDNIGHT) == (2**40 - 1, True)


def test_a_visits_link_closes_when_its_last_day_is_over_and_says_whose_it_was() -> None:
    assert LINKS.visited(token(OWN), MIDNIGHT + 86_399) == (1_234_567, True)
    assert LINKS.visited(token(OWN), MIDNIGHT + 86_400) == (1_234_567, False)


def test_a_key_can_be_changed_and_a_link_of_the_old_one_stays_good_until_it_is_taken_away() -> None:
    old = token(Links(["old"], "https://x").visit(7, MIDNIGHT))
    assert LINKS.visited(old, 0) == (7, True)
    assert Links(["new"], "https://x").visited(old, 0) is None


def test_no_letter_of_a_visits_link_can_be_another() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = token(OWN)
    for place in range(len(good)):
        for letter in letters.replace(good[place], ""):
            assert LINKS.visited(good[:place] + letter + good[place + 1:], 0) is None


@pytest.mark.parametrize("bent", ["", "x", token(OWN)[:-1], token(OWN) + "A", token(OWN) + "=", "é" * 23, "\ud800" * 23, " " * 23,
                                  token(LINKS.unsubscribe(7))[:23]])
def test_what_is_no_link_of_ours_leads_to_no_visit(bent: str) -> None:
    assert LINKS.visited(bent, 0) is None


def test_a_page_stays_open_sixty_days_after_the_visit_or_after_today() -> None:
    assert page_until("1970-01-11", 0) == 70 * 86_400
    assert page_until("1970-01-11", 365 * 86_400) == 425 * 86_400
