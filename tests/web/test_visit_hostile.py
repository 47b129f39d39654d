"""What is sent to a customer's page by mistake, by programs or to do harm: nothing changes, and nobody learns anything."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from doorstep.model import Customer, Enquiry, Visit, VisitNote
from doorstep.web.pace import MOST_KEYS
from doorstep.web.visit_pace import PER_CLIENT, PER_VISIT, WINDOW, Pace
from tests.making import make_rollout
from tests.web.calling import call_all
from tests.web.own_page import Home

FORMS: dict[str, dict[str, str]] = {
    "/confirm": {}, "/move": {"slot": "1"}, "/take": {"slot": "1"}, "/release": {}, "/suits": {"words": "Mondays"},
    "/refuse": {"sure": "yes"},
    "/language": {"language": "ar"}, "/note": {"present": "me"}, "/messages": {"prefers": "sms", "week": "1"},
    "/stop": {"channel": "sms"}, "/start": {"channel": "sms"}, "/ask": {"kind": "question", "topic": "cost", "words": "Why?"},
    "/call": {"words": ""}, "/asked/1": {"answered": "yes"}, "/rate": {"rating": "5"}, "/display": {"display": "no"},
    "/quiz": {"q1": "yes"},
}
FIELDS = ("kind", "topic", "slot", "channel", "language", "rating", "q1", "prefers", "week", "sure", "present", "answered")
NOBODYS = ("POST", "/v/" + "A" * 23 + "/confirm", {}, b"")
NASTY = ["<script>alert(1)</script>", "'; DROP TABLE customer; --", "a\r\nSet-Cookie: x=1", "\u202egnp.exe\u2066",
         "\x00\x01\x02", "{{ 7*7 }}", "{day.__class__}", "%s%n", "😀" * 300, "\ud7ff\ufffe",
         "../../etc/passwd", "ا" * 1000, "Z\u0335" * 200]


def state(home: Home) -> Any:
    return home.kept(), home.rows(Visit), home.rows(Customer)


def test_a_form_sent_from_elsewhere_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=make_rollout(refusal_allowed=True))
    home.slot("2027-03-11")
    before = state(home)
    for rest, headers in product(FORMS, ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"},
                                         {"sec-fetch-site": "same-site"})):
        assert home.browser.post(home.path(rest), data=FORMS[rest], headers=headers).status_code == 403, rest
        assert state(home) == before, rest


def test_a_form_behind_a_link_that_is_not_good_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=make_rollout(refusal_allowed=True))
    home.slot("2027-03-11")
    before = state(home)
    good = home.path()
    for rest, path in product(FORMS, (good[:-2] + "AA", "/v/" + "A" * 23, home.path(visit=99))):
        assert home.browser.post(path + rest, data=FORMS[rest]).status_code == 404, rest
    home.now += 120 * 86400
    for rest in FORMS:
        assert home.browser.post(good + rest, data=FORMS[rest]).status_code == 410, rest
        assert state(home) == before, rest


@pytest.mark.parametrize("words", NASTY)
def test_hostile_words_are_kept_clean_and_shown_as_words(tmp_path: Path, words: str) -> None:
    home = Home(tmp_path)
    for rest, field, more in (("/note", "access", {}), ("/ask", "words", {"kind": "question", "topic": "other"}),
                              ("/suits", "words", {}), ("/call", "words", {})):
        answer = home.send(rest, **{field: words}, **more)
        assert answer.status_code in (303, 422), (rest, answer.text)
        assert "<script>" not in answer.text and "set-cookie" not in answer.headers
    kept = [row.words for row in home.rows(Enquiry)] + [row.access or "" for row in home.rows(VisitNote)]
    assert not any(letter in each for each in kept for letter in "\r\n\x00\x01\u202e\u2066")


@pytest.mark.parametrize("typed", [
    {"data": dict.fromkeys(FIELDS, "x" * 3000)}, {"data": dict.fromkeys(FIELDS, "' OR 1=1 --")},
    {"content": b"\xff\xfe%zz=%00&&&==", "headers": {"content-type": "application/x-www-form-urlencoded"}},
    {"content": b'{"rating": 5}', "headers": {"content-type": "application/json"}},
    {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    {"content": b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\na\r\n--x--\r\n',
     "headers": {"content-type": "multipart/form-data; boundary=x; charset=undefined"}},
    {"files": {"words": ("a.txt", b"MZ" * 100)}}], ids=["long", "sql", "bytes", "json", "broken", "charset", "file"])
def test_a_form_that_is_none_is_answered_in_words(tmp_path: Path, typed: dict[str, Any]) -> None:
    home = Home(tmp_path, rollout=make_rollout(refusal_allowed=True))
    before = home.rows(Customer)
    for rest in FORMS:
        answer = home.browser.post(home.path(rest), **typed)
        assert answer.status_code < 500 and "Traceback" not in answer.text, rest
        assert home.row(Visit, home.visit).status == "booked" and home.row(Visit, home.visit).day == "2027-03-09", rest
    assert [row.language for row in home.rows(Customer)] == [row.language for row in before] and home.kept()["Stop"] == 0


def test_a_body_that_is_too_large_goes_no_further(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.send("/ask", kind="question", topic="cost", words="x" * 70_000).status_code == 413
    assert home.rows(Enquiry) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_there(tmp_path: Path, method: str) -> None:
    home = Home(tmp_path)
    assert home.browser.request(method, home.path()).status_code == 405


def test_too_many_forms_of_one_visit_are_told_to_wait_and_change_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for number in range(PER_VISIT):
        assert home.send("/note", access=f"Gate {number}").status_code == 303
    slow = home.send("/note", access="One more")
    assert slow.status_code == 429 and "Please wait a little" in slow.text and slow.headers["retry-after"] == str(WINDOW)
    assert home.rows(VisitNote)[0].access == f"Gate {PER_VISIT - 1}"
    assert home.get().status_code == 200
    home.now += WINDOW
    assert home.send("/note", access="Later").status_code == 303


def test_too_many_forms_from_one_address_are_refused_before_anything_is_looked_up(tmp_path: Path) -> None:
    home = Home(tmp_path, client="9.9.9.9")
    assert {answer.status for answer in call_all(home.app, [NOBODYS] * PER_CLIENT, client="9.9.9.9")} == {404}
    assert home.send("/confirm").status_code == 429


def test_a_proxy_of_ours_is_not_slowed_down_for_everybody(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert {answer.status for answer in call_all(home.app, [NOBODYS] * (PER_CLIENT + 1), client="10.0.0.7")} == {404}


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    pace = Pace()
    for number in range(MOST_KEYS + 10):
        pace.too_often("client", str(number), 400, 0)
    assert len(pace._counts) <= MOST_KEYS + 2


def test_the_log_holds_no_token_and_no_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(tmp_path)
    with caplog.at_level("DEBUG"):
        home.send("/ask", kind="question", topic="cost", words="My secret worry")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("doorstep")]
    assert not [line for line in ours if home.path().removeprefix("/v/") in line or "secret" in line]
