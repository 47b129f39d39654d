"""The desk's pages: what waits, whom it concerns, what a person does with it, and the trail of it all."""

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from doorstep.channels.calls import open_channels
from doorstep.inbox.events import Event, record_events
from doorstep.model import Feed, Halt, Notice, Refused, Rumour, Score, WorkOrder, table
from doorstep.web.guard import HEADERS
from tests.desk.office import Office
from tests.making import at
from tests.web.desk_rows import E, one

F, H, N = table(Feed), table(Halt), table(Notice)


@pytest.mark.parametrize("sought", ["NW0000001", "A1", " visit 1 ", "Notice 2", "person1@example.com", "person1@EXAMPLE.com",
                                    "+447400123401", "07400 123401", "0044 7400 123401"])
def test_a_customer_is_found_by_what_a_caller_can_say(told: Office, sought: str) -> None:
    browser = told.someone("agent")
    answer = browser.post("/desk/northwick/find", sought=sought)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/northwick/visits/1")
    ((by, about),) = told.trail("searched")
    assert by == "amos" and about in [f"a customer by {each}" for each in ("number", "visit", "notice", "email", "phone")]


@pytest.mark.parametrize("sought", ["person1", "1@example.com", "447400", "%", "' OR 1=1 --", "visit 2", "Ms Bold", "07400 1234"])
def test_nobody_is_found_by_a_part_of_something(told: Office, sought: str) -> None:
    answer = told.someone("agent").post("/desk/northwick/find", sought=sought)
    assert answer.status_code == 200 and "Nobody was found" in answer.text


def test_what_two_share_is_a_list_without_names(told: Office) -> None:
    told.world.visit("2027-03-10", phone="+447400123401", name="Mr Second")
    answer = told.someone("agent").post("/desk/northwick/find", sought="+447400123401")
    assert "/visits/1" in answer.text and "/visits/2" in answer.text and "2 visits found" in answer.text
    assert "Mr Second" not in answer.text and "447400123401" not in answer.text


def test_a_story_tells_who_what_and_every_notice_and_the_look_is_kept(told: Office) -> None:
    number = told.town.one(notice="reminder").id
    record_events(told.store, told.rollout, [Event("delivered", number, at("2027-02-22 09:02", told.rollout), "e")], 0)
    text = told.someone("agent").get("/desk/northwick/visits/1").text
    assert "Ms &lt;b&gt;Bold&lt;/b&gt;" in text and "<b>Bold" not in text
    assert "Tuesday 9 March 2027" in text and f"notice {number} delivered" in text and "2027-03-09, 08:00 to 12:00" in text
    assert told.trail("looked") == [("amos", "visit 1")]


def test_an_email_is_shown_exactly_as_sent_where_it_can_do_nothing(told: Office) -> None:
    browser = told.someone("agent")
    notice = told.town.one(notice="reminder")
    (sent,) = [message for number, _, message in told.town.streets["email"].taken if number == notice.id]
    page = browser.get(f"/desk/northwick/notices/{notice.id}")
    frame = browser.get(f"/desk/northwick/notices/{notice.id}/body")
    assert f'src="/desk/northwick/notices/{notice.id}/body"' in page.text and " sandbox " in page.text
    assert page.headers["content-security-policy"] == HEADERS["content-security-policy"] + "; frame-src 'self'"
    assert frame.text == sent.html
    policy = frame.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "sandbox"} <= set(policy)
    assert not any(part.startswith("script-src") for part in policy)
    assert told.trail("looked") == [("amos", f"notice {notice.id}")]


def test_a_notice_that_never_went_out_says_why(told: Office) -> None:
    missed = told.town.one(notice="formal-notice", state="missed").id
    text = told.someone("agent").get(f"/desk/northwick/notices/{missed}").text
    assert "there is nothing that the customer saw" in text and "too_late" in text


def refused(office: Office, count: int) -> None:
    for line in range(count):
        office.world.put(Refused, rollout="northwick", feed_id=1, line=line, reason="date_unreadable", detail="soon",
                         row='{"NAME": "=cmd()", "DAY": "soon"}')


def test_refused_rows_are_paged_and_taken_home_whole(office: Office) -> None:
    refused(office, 70)
    browser = office.someone("agent")
    assert browser.get("/desk/northwick/refused").text.count("date unreadable") == 50
    assert browser.get("/desk/northwick/refused?page=2").text.count("date unreadable") == 20
    answer = browser.get("/desk/northwick/refused.csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 70 and rows[0]["NAME"] == "'=cmd()" and "attachment" in answer.headers["content-disposition"]
    assert office.trail("downloaded") == [("amos", "refused rows")]


def held(office: Office) -> int:
    copy = office.settings.feeds_folder / "northwick" / "d1-second.csv"
    copy.parent.mkdir(parents=True)
    copy.write_text("WORK_ORDER,PREMISE,ACCOUNT,DAY,STATUS,STAMP\n"
                    "NW1,P1,A1,2027-04-01,PLANNED,2027-03-01T00:00:00+0000\n", "utf-8")
    return office.world.put(Feed, rollout="northwick", file="second.csv", digest="d1", pulled_at=office.now, state="held",
                            held="rows_vanished", report={"rows": 1, "taken": 1, "refused": {}, "full": True,
                                                          "would": {"open": 40, "vanish": 30, "move": 2, "cancel": 1}})


def test_a_held_feed_is_applied_by_a_manager_who_repeats_its_count(office: Office) -> None:
    number = held(office)
    assert "Apply feed" not in office.someone("viewer").get("/desk/northwick/feeds").text
    browser = office.someone("manager")
    assert "rows vanished" in browser.get("/desk/northwick/feeds").text
    wrong = browser.post(f"/desk/northwick/feeds/{number}/accept", count="32")
    assert wrong.status_code == 400 and "would change 33 open work orders, not 32" in wrong.text.replace("&#39;", "'")
    assert browser.post(f"/desk/northwick/feeds/{number}/accept", count="many").status_code == 400
    assert not office.trail("accepted")
    assert browser.post(f"/desk/northwick/feeds/{number}/accept", count="33").headers["location"].endswith("?done=accepted")
    with office.store.read() as connection:
        row = connection.execute(select(F).where(F.c.id == number)).one()
        assert connection.execute(select(table(WorkOrder).c.number)).scalars().all() == ["NW1"]
    assert row.state != "held" and office.trail("accepted") == [("mina", f"feed {number}")]
    assert "No feed is held" in browser.get("/desk/northwick/feeds").text


def test_an_agent_stops_the_sending_and_a_manager_lets_it_go_on(told: Office) -> None:
    agent, manager = told.someone("agent"), told.someone("manager")
    assert agent.post("/desk/northwick/stops", reason="", area="Harbour").status_code == 400
    wrong = agent.post("/desk/northwick/stops", reason="wrong day", area="Nowhere")
    assert wrong.status_code == 400 and "there are Harbour" in wrong.text
    agent.post("/desk/northwick/stops", reason="wrong day", area="Harbour", notice="reminder")
    row = one(told, H)
    assert (row.area, row.notice, row.language, row.by, row.ended_at) == ("Harbour", "reminder", None, "amos", None)
    assert "wrong day" in told.someone("viewer").get("/desk/northwick/").text
    assert agent.post("/desk/northwick/stops/1/resume").status_code == 403
    manager.post("/desk/northwick/stops/1/resume")
    assert one(told, H).ended_by == "mina"
    assert manager.post("/desk/northwick/stops/1/resume").status_code == 404
    assert (told.trail("stopped"), told.trail("resumed")) == ([("amos", "stop 1")], [("mina", "stop 1")])


@pytest.fixture
def calling(told: Office) -> Office:
    """The reminder is a call to make."""
    item = next(each for each in told.town.streets["email"].items if each.skeleton.notice == "reminder")
    channel = open_channels(told.rollout, told.settings)["call"]
    assert channel.send([item._replace(to="+447400123401", until_at=0)], now=told.now)[0].state == "accepted"
    with told.store.write() as connection:
        connection.execute(N.update().where(N.c.id == item.notice_id).values(channel="call"))
    return told


def test_a_call_is_made_by_its_script_and_leaves_the_list(calling: Office) -> None:
    number = calling.town.one(notice="reminder").id
    browser = calling.someone("agent")
    listed = browser.get("/desk/northwick/calls").text
    assert f"/calls/{number}" in listed and "447400123401" not in listed and "Bold" not in listed
    page = browser.get(f"/desk/northwick/calls/{number}").text
    assert 'href="tel:+447400123401"' in page and "Tuesday 9 March 2027" in page
    assert "mina opened" not in page
    calling.someone("manager").get(f"/desk/northwick/calls/{number}")
    assert "mina opened this call at 2027-03-05 10:00" in browser.get(f"/desk/northwick/calls/{number}").text
    answer = browser.post(f"/desk/northwick/calls/{number}", attempt="1", outcome="reached", **{"try": "1"})
    assert answer.headers["location"] == "/desk/northwick/calls?done=called"
    assert calling.town.one(notice="reminder").state == "delivered"
    assert "nobody to call" in browser.get("/desk/northwick/calls").text
    assert calling.trail("called") == [("amos", f"notice {number}")]


def test_who_asks_for_another_day_on_the_phone_is_one_case(calling: Office) -> None:
    number = calling.town.one(notice="reminder").id
    browser = calling.someone("agent")
    for _ in range(2):
        browser.post(f"/desk/northwick/calls/{number}", attempt="1", outcome="asked_to_move", **{"try": "1"})
    row = one(calling, E)
    assert (row.kind, row.channel, row.visit_id, row.customer_id, row.language, row.state) == ("move", "call", 1, 1, "en", "open")
    assert row.due_at > calling.now


@pytest.mark.parametrize(("said", "sentence"), [
    ({"attempt": "1", "try": "1", "outcome": "fled"}, "is not an outcome"),
    ({"attempt": "1", "try": "1"}, "say what came of the call"),
    ({"attempt": "x", "try": "1", "outcome": "reached"}, "is not a number")])
def test_an_outcome_that_is_none_changes_nothing(calling: Office, said: dict[str, str], sentence: str) -> None:
    number = calling.town.one(notice="reminder").id
    answer = calling.someone("agent").post(f"/desk/northwick/calls/{number}", **said)
    assert answer.status_code == 400 and sentence in answer.text.lower().replace("&#34;", '"')
    assert calling.town.one(notice="reminder").state == "accepted" and not calling.trail("called")


def test_the_overview_counts_what_waits(calling: Office) -> None:
    calling.case()
    calling.case(due_at=calling.now - 1)
    held(calling)
    calling.world.put(Rumour, rollout="northwick", area="Harbour", topic="health", count=7, found_at=calling.now)
    text = calling.someone("viewer").get("/desk/northwick/").text
    figures = [part.split(">")[1].split("<")[0] for part in text.split('class="figure')[1:]]
    assert figures == ["2", "1", "1", "1", "1"]


def score(office: Office, day: int, value: float, cut: str = "", kpi: str = "B1") -> None:
    office.world.put(Score, rollout="northwick", kpi=kpi, cut=cut, at=office.now - day * 86400, day=f"2027-03-{5 - day:02d}",
                     value=value, numerator=value * 2, denominator=200, target=100, status="met" if value == 100 else "missed")


def test_kpis_stand_as_last_measured_each_with_its_days_and_parts(office: Office) -> None:
    browser = office.someone("viewer")
    assert "Nothing has been measured" in browser.get("/desk/northwick/kpis").text
    for day, value in enumerate((100.0, 97.5, 95.0)):
        score(office, day, value)
    score(office, 0, 88.0, "language=ar")
    score(office, 1, 66.0, "language=ar")
    whole = browser.get("/desk/northwick/kpis").text
    assert "B1: " in whole and "100%" in whole and "97.5%" not in whole
    page = browser.get("/desk/northwick/kpis/B1").text
    assert page.index("100%") < page.index("97.5%") < page.index("95%") and "language ar" in page and "88%" in page
    assert "66%" not in page


def test_rumours_say_what_to_start_in_prefect(office: Office) -> None:
    office.world.put(Rumour, rollout="northwick", area="Harbour", topic="health", count=7, found_at=office.now)
    text = office.someone("viewer").get("/desk/northwick/rumours").text
    assert "approve-rumour" in text and "Harbour" in text and ">7<" in text and "waits for a decision" in text


def test_the_trail_is_for_managers_and_tells_everything(office: Office) -> None:
    office.someone("agent").post("/desk/northwick/stops", reason="wrong day")
    text = office.someone("manager").get("/desk/audit").text
    assert "stopped" in text and "stop 1" in text and "everything" in text and "logged-in" in text
    mine = office.someone("manager").get("/desk/audit?by=amos").text
    assert "stop 1" in mine and "<bdi>mina</bdi>" not in mine


def test_users_are_listed_with_role_and_without_password(office: Office) -> None:
    text = office.someone("manager").get("/desk/users").text
    assert all(name in text for name in ("amos", "mina", "vera")) and "argon2" not in text


@pytest.mark.parametrize("path", ["/desk/login", "/desk/", "/desk/northwick/", "/desk/northwick/cases", "/desk/northwick/find",
                                  "/desk/northwick/stops", "/desk/northwick/visits/1", "/desk/northwick/visits/7"])
def test_pages_are_whole_need_no_script_and_are_kept_by_nobody(told: Office, path: str) -> None:
    answer = told.someone("agent").get(path)
    assert answer.text.count("<h1>") == 1 and '<body class="desk">' in answer.text and "<title> ·" not in answer.text
    assert "<script" not in answer.text and " style=" not in answer.text and " onclick" not in answer.text
    assert answer.headers["cache-control"] == "no-store" and len(answer.content) < 60_000
