"""In and out of the desk: sessions end by idleness, age, log-out and a new password; no link of ours leads away."""


import pytest
from sqlalchemy import select

from doorstep.desk.sessions import S
from doorstep.desk.users import end_user, set_password
from doorstep.web.desk.door import safe_place
from doorstep.web.desk.pace import CLIENTS, MOST, MOST_TOGETHER, WINDOW, Tries
from tests.desk.office import CHEAP, Office


def test_a_login_leads_to_the_page_that_was_asked_for(office: Office) -> None:
    browser = office.stranger()
    sent = browser.get("/desk/northwick/cases?state=overdue")
    assert (sent.status_code, sent.headers["location"]) == (
        303, "/desk/login?next=%2Fdesk%2Fnorthwick%2Fcases%3Fstate%3Doverdue")
    assert 'value="/desk/northwick/cases?state=overdue"' in browser.get(sent.headers["location"]).text
    answer = browser.log_in("amos", next="/desk/northwick/cases?state=overdue")
    assert answer.headers["location"] == "/desk/northwick/cases?state=overdue"
    assert browser.get("/desk/northwick/cases?state=overdue").status_code == 200
    assert office.trail("logged-in") == [("amos", "user 2")]


@pytest.mark.parametrize(("said", "place"), [
    ("/desk/northwick/visits/5", "/desk/northwick/visits/5"), ("/desk/audit?before=5&by=amos", "/desk/audit?before=5&by=amos"),
    ("https://evil.example/", "/desk/"), ("//evil.example", "/desk/"), ("/desk//evil.example", "/desk/"),
    ("/desk/../u/x", "/desk/"),
    ("/desk/\\evil.example", "/desk/"), ("/desk/\r\nSet-Cookie: a=b", "/desk/"), ("/desk/login\n", "/desk/"),
    ("javascript:alert(1)", "/desk/"), ("", "/desk/"), ("/desk/" + "a" * 400, "/desk/"), ("/v/token", "/desk/")])
def test_after_the_login_it_goes_on_at_the_desk_and_nowhere_else(said: str, place: str) -> None:
    assert safe_place(said) == place


def test_the_cookie_is_for_this_site_alone_and_for_no_script(office: Office) -> None:
    cookie = office.stranger().log_in("amos").headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "__Host-desk"
    assert {part.strip().lower() for part in rest.split(";")[1:]} == {"httponly", "path=/", "samesite=strict", "secure"}


def test_on_this_machine_itself_it_works_without_tls(office: Office) -> None:
    browser = office.stranger("http://127.0.0.1:8080")
    cookie = browser.log_in("amos").headers["set-cookie"]
    assert cookie.startswith("desk=") and "secure" not in cookie.lower() and "HttpOnly" in cookie
    assert browser.get("/desk/").status_code == 200


def test_the_database_holds_no_secret_of_a_session(office: Office) -> None:
    browser = office.someone("agent")
    secret = browser.client.cookies["__Host-desk"]
    with office.store.read() as connection:
        row = connection.execute(select(S)).one()
    assert len(secret) >= 43 and secret not in str(row) and browser.token not in str(row)


@pytest.mark.parametrize(("name", "password"), [("amos", "a wrong password"), ("nobody", "four words make one"), ("", "")])
def test_what_does_not_go_together_is_one_answer_for_all(office: Office, name: str, password: str) -> None:
    answer = office.stranger().log_in(name, password)
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert "do not go together" in answer.text and f'"{password}"' not in answer.text.replace('value=""', "")


@pytest.mark.parametrize(("pauses", "alive"), [
    ([1799], True), ([1801], False), ([1700] * 24, True), ([1700] * 26, False)])
def test_a_session_ends_after_half_an_hour_of_nothing_and_after_twelve_hours(
        office: Office, pauses: list[int], alive: bool) -> None:
    browser = office.someone("agent")
    for pause in pauses:
        office.now += pause
        answer = browser.get("/desk/")
    assert (answer.status_code == 200) is alive


def test_a_logout_ends_the_session_itself_not_only_the_cookie(office: Office) -> None:
    browser = office.someone("agent")
    secret = browser.client.cookies["__Host-desk"]
    assert browser.post("/desk/logout").headers["location"] == "/desk/login?done=logged_out"
    browser.client.cookies.set("__Host-desk", secret)
    assert browser.get("/desk/").status_code == 303


def test_a_login_brings_a_new_key_and_ends_the_old_one(office: Office) -> None:
    browser = office.someone("agent")
    old = browser.client.cookies["__Host-desk"]
    browser.log_in("amos")
    other = office.stranger()
    other.client.cookies.set("__Host-desk", old)
    assert other.get("/desk/").status_code == 303 and browser.get("/desk/").status_code == 200


def test_a_new_password_or_the_end_of_access_ends_every_session(office: Office) -> None:
    here, there, other = office.someone("agent"), office.someone("agent"), office.someone("manager")
    set_password(office.store, name="amos", password="another four words", by="mina", now=office.now, hasher=CHEAP)
    assert [each.get("/desk/").status_code for each in (here, there, other)] == [303, 303, 200]
    end_user(office.store, name="mina", by="root", now=office.now)
    assert other.get("/desk/").status_code == 303


def test_one_changes_ones_own_password_by_the_old_one(office: Office) -> None:
    browser = office.someone("viewer")
    new = "a new one with words"
    assert "not the same" in browser.post("/desk/password", old="four words make one", new=new, again="other").text
    assert "now is not right" in browser.post("/desk/password", old="a wrong password", new=new, again=new).text
    assert "at least 12" in browser.post("/desk/password", old="four words make one", new="short", again="short").text
    assert browser.get("/desk/").status_code == 200
    answer = browser.post("/desk/password", old="four words make one", new=new, again=new)
    assert answer.headers["location"] == "/desk/login?done=password"
    assert office.stranger().log_in("vera").status_code == 401
    assert office.stranger().log_in("vera", new).status_code == 303
    assert office.trail("password-set") == [("vera", "user 1")]


def test_one_client_may_not_try_many_passwords_whoever_it_says_it_is(office: Office) -> None:
    browser = office.stranger()
    for number in range(MOST):
        assert browser.log_in(f"name{number}", "a wrong password").status_code == 401
    stopped = browser.log_in("amos")
    assert stopped.status_code == 429 and 0 < int(stopped.headers["retry-after"]) <= WINDOW
    assert office.stranger(address="81.2.69.143").log_in("amos").status_code == 303
    office.now += WINDOW
    assert browser.log_in("amos").status_code == 303


def test_those_behind_a_proxy_of_ours_are_not_stopped_by_one_of_them() -> None:
    tries = Tries()
    for _ in range(MOST_TOGETHER - 1):
        tries.wrong(None, 0)
    assert tries.wait(None, 0) == 0
    tries.wrong(None, 0)
    assert tries.wait(None, 0) == WINDOW and tries.wait("81.2.69.142", 0) == 0


def test_the_tries_of_many_clients_take_no_room_without_end() -> None:
    tries = Tries()
    for number in range(CLIENTS + MOST_TOGETHER):
        tries.wrong(f"client {number}", 0)
    assert tries.wait("one more client", 0) == WINDOW and tries.wait("client 1", 0) == 0


@pytest.mark.parametrize(("token", "status"), [("mine", 303), ("", 403), ("x" * 64, 403), ("another's", 403), ("ü", 403)])
def test_a_form_without_this_sessions_token_changes_nothing(office: Office, token: str, status: int) -> None:
    browser, other = office.someone("agent"), office.someone("agent")
    browser.token = {"mine": browser.token, "another's": other.token}.get(token, token)
    assert browser.post("/desk/northwick/stops", reason="wrong dates").status_code == status
    assert len(office.trail("stopped")) == (status == 303)


def test_a_form_from_another_site_changes_nothing(office: Office) -> None:
    browser = office.someone("agent")
    answer = browser.client.post("/desk/northwick/stops", data={"token": browser.token, "reason": "wrong dates"},
                                 headers={"origin": "https://evil.example"})
    assert answer.status_code == 403 and not office.trail("stopped")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 60, b"%ff=%00"])
def test_a_form_that_cannot_be_read_is_one_sentence(office: Office, body: bytes) -> None:
    answer = office.someone("agent").client.post("/desk/northwick/stops", content=body)
    assert answer.status_code in (400, 403) and 'role="alert"' in answer.text
