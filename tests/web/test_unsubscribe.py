"""One click that ends what is not duty, as RFC 8058 wants it, and safe from programs that open every link."""

from pathlib import Path
from typing import Any

import pytest

from doorstep.model import Journal, Notice, Stop, letter_box
from tests.web.own_page import Home

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def notice(home: Home, channel: str | None = "email", **values: Any) -> int:
    told = {"rollout": "northwick", "notice": "what-and-why", "phase": "before", "purpose": "programme", "visit_id": home.visit,
            "customer_id": 1, "occasion": "x", "due_at": 0, "until_at": 0, "not_before": 0, "state": "accepted", "created_at": 0,
            "channel": channel, "language": "en"}
    return home.world.put(Notice, **{**told, **values})


def link(home: Home, number: int) -> str:
    assert home.room.links
    return home.room.links.unsubscribe(number).removeprefix(home.room.settings.public_url)


def stops(home: Home) -> set[tuple[str, str, str]]:
    return {(row.channel, row.address, row.purpose) for row in home.rows(Stop) if row.ended_at is None}


@pytest.mark.parametrize("body", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}],
                         ids=["urlencoded", "multipart"])
def test_one_click_ends_all_but_duty_without_a_redirect(tmp_path: Path, body: dict[str, Any]) -> None:
    home = Home(tmp_path)
    headers = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}
    answer = home.browser.post(link(home, notice(home)), headers=headers, **body)
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert stops(home) == {("email", "person1@example.com", "programme"), ("email", "person1@example.com", "marketing")}


@pytest.mark.parametrize(("channel", "address"), [
    ("sms", "+447400123401"), ("post", letter_box(1, "1 Mill Road"))])
def test_it_is_the_address_that_the_notice_went_to(tmp_path: Path, channel: str, address: str) -> None:
    home = Home(tmp_path)
    home.browser.post(link(home, notice(home, channel)), data=ONE_CLICK)
    assert stops(home) == {(channel, address, "programme"), (channel, address, "marketing")}


def test_a_second_click_says_the_same_and_does_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = link(home, notice(home))
    first, second = (home.browser.post(path, data=ONE_CLICK) for _ in range(2))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert [(row.kind, row.data, row.notice_id) for row in home.rows(Journal)] == [("stopped", "link email", 1)]


def test_a_click_after_a_new_start_stops_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = link(home, notice(home))
    home.browser.post(path, data=ONE_CLICK)
    home.follow("/start", channel="email")
    assert stops(home) == set()
    home.browser.post(path, data=ONE_CLICK)
    assert len(stops(home)) == 2


def test_a_stop_of_everything_stays_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.follow("/stop", channel="email")
    assert home.browser.post(link(home, notice(home)), data=ONE_CLICK).status_code == 200
    assert stops(home) == {("email", "person1@example.com", "*")}


def test_opening_the_link_shows_a_button_and_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = link(home, notice(home))
    page = home.browser.get(path)
    home.browser.head(path)
    assert page.status_code == 200 and "<button" in page.text and home.kept()["Stop"] == 0
    assert "person1" not in page.text


@pytest.mark.parametrize("body", [{}, {"data": {"List-Unsubscribe": "Maybe"}}, {"data": {"a": "b"}}, {"content": b"\xff\xfe"},
                                  {"content": b"--", "headers": {"content-type": "multipart/form-data; boundary=x"}}])
def test_a_post_that_does_not_say_one_click_changes_nothing(tmp_path: Path, body: dict[str, Any]) -> None:
    home = Home(tmp_path)
    assert home.browser.post(link(home, notice(home)), **body).status_code == 400
    assert home.kept()["Stop"] == 0


@pytest.mark.parametrize("bend", [lambda path: path[:-1], lambda path: path + "x", lambda path: "/u/1", lambda path: "/u/MQ.x",
                                  lambda path: "/u/%00", lambda path: path.replace("/u/", "/u/A")])
def test_a_wrong_token_is_404_and_changes_nothing(tmp_path: Path, bend: Any) -> None:
    home = Home(tmp_path)
    path = bend(link(home, notice(home)))
    assert home.browser.get(path).status_code == 404
    assert home.browser.post(path, data=ONE_CLICK).status_code == 404
    assert home.kept()["Stop"] == 0


def test_a_visits_token_is_no_unsubscribe_token(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.browser.post(home.path().replace("/v/", "/u/"), data=ONE_CLICK).status_code == 404


def test_a_notice_that_never_went_out_or_whose_address_is_gone_is_answered_all_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path, email=None)
    for channel in ("email", None):
        number = notice(home, channel, occasion=str(channel))
        assert home.browser.post(link(home, number), data=ONE_CLICK).status_code == 200
    assert home.kept()["Stop"] == 0
