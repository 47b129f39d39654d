"""What stands before every page: no flood, no form of another site, no stack trace, headers that keep a link a secret."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from doorstep.errors import Transient
from doorstep.settings import Settings
from doorstep.web.app import make_app
from doorstep.web.guard import MEGABYTE
from doorstep.web.room import Room
from tests.making import make_rollout, make_store
from tests.web.calling import call_all

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    made = make_app(Room(Settings(home=tmp_path, secret_key="k"), make_store(tmp_path), {"northwick": make_rollout()}, lambda: 0))

    @made.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("Ann Person, +447400123456")

    @made.get("/busy")
    def busy() -> None:
        raise Transient("the database is away")
    return made


@pytest.mark.parametrize(("path", "most"), [("/v/x/confirm", 64 * 1024), ("/u/x", 64 * 1024), ("/desk/login", 2 * MEGABYTE),
                                            ("/hooks/twilio", 5 * MEGABYTE), ("/hooks/sendgrid/inbound/x", 31 * MEGABYTE)])
def test_more_than_an_address_takes_is_turned_away_by_its_length(app: FastAPI, path: str, most: int) -> None:
    just, over = call_all(app, [("POST", path, {**FORM, "content-length": str(size)}, b"") for size in (most, most + 1)])
    assert just.status != 413 and over.status == 413


@pytest.mark.parametrize(("path", "most"), [("/desk/login", 2 * MEGABYTE), ("/hooks/twilio", 5 * MEGABYTE),
                                            ("/hooks/sns", 5 * MEGABYTE)])
def test_a_sender_who_does_not_say_the_length_is_cut_off_at_it(app: FastAPI, path: str, most: int) -> None:
    just, over = call_all(app, [("POST", path, FORM, b"x" * size) for size in (most, most + 1)])
    assert just.status != 413 and over.status == 413


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 404), ({"origin": "http://localhost"}, 404), ({"origin": "https://evil.example"}, 403),
    ({"sec-fetch-site": "same-origin", "origin": "null"}, 404), ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site", "origin": "http://localhost"}, 403), ({"origin": "http://localhost.evil.example"}, 403)])
def test_a_form_of_another_site_is_not_taken(app: FastAPI, headers: dict[str, str], status: int) -> None:
    (answer,) = call_all(app, [("POST", "/v/AAAAAAAAAAAAAAAAAAAAAAA/confirm", {**FORM, **headers}, b"")])
    assert answer.status == status


def test_a_page_that_fails_says_so_without_a_word_about_how_and_the_log_names_no_customer(
        app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    broken, busy = call_all(app, [("GET", "/breaks", {}, b""), ("GET", "/busy", {}, b"")])
    assert broken.status == 500 and "Nothing was changed" in broken.text and "RuntimeError" not in broken.text
    assert busy.status == 503 and busy.headers["retry-after"] == "60"
    assert "RuntimeError" in caplog.text and "Ann" not in caplog.text and "+4474" not in caplog.text


@pytest.mark.parametrize("path", ["/health", "/v/x", "/u/x", "/r/northwick/en", "/desk/login", "/nowhere", "/hooks/sns"])
def test_every_answer_keeps_the_address_secret_and_lets_nothing_foreign_in(app: FastAPI, path: str) -> None:
    (answer,) = call_all(app, [("GET", path, {}, b"")])
    assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"] and "script" not in answer.headers[
        "content-security-policy"]
    assert "noindex" in answer.headers["x-robots-tag"] or path.startswith("/r/")


def test_health_says_that_all_is_well(app: FastAPI) -> None:
    (answer,) = call_all(app, [("GET", "/health", {}, b"")])
    assert (answer.status, answer.text) == (200, '{"status":"ok","rollouts":["northwick"]}')
