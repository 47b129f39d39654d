"""No page shows a customer to someone without the role: every page of the desk, asked for by everyone."""

import pytest
from fastapi.routing import APIRoute

from doorstep.model import Refused
from doorstep.web import desk
from tests.desk.office import NAMES, Office

ROLES = ("stranger", "viewer", "agent", "manager")
# Each page with the least role that it is for; the test below holds that no page is missing here.
PAGES = {
    ("GET", "/desk/style.css"): "stranger", ("GET", "/desk/login"): "stranger", ("POST", "/desk/login"): "stranger",
    ("POST", "/desk/logout"): "viewer", ("GET", "/desk/password"): "viewer", ("POST", "/desk/password"): "viewer",
    ("GET", "/desk/"): "viewer", ("GET", "/desk/users"): "manager", ("GET", "/desk/audit"): "manager",
    ("GET", "/desk/{rollout}/"): "viewer", ("GET", "/desk/{rollout}/kpis"): "viewer",
    ("GET", "/desk/{rollout}/kpis/{kpi}"): "viewer", ("GET", "/desk/{rollout}/rumours"): "viewer",
    ("GET", "/desk/{rollout}/feeds"): "viewer", ("POST", "/desk/{rollout}/feeds/{feed}/accept"): "manager",
    ("GET", "/desk/{rollout}/refused"): "agent", ("GET", "/desk/{rollout}/refused.csv"): "agent",
    ("GET", "/desk/{rollout}/stops"): "viewer", ("POST", "/desk/{rollout}/stops"): "agent",
    ("POST", "/desk/{rollout}/stops/{number}/resume"): "manager",
    ("GET", "/desk/{rollout}/cases"): "agent", ("GET", "/desk/{rollout}/cases/{number}"): "agent",
    ("POST", "/desk/{rollout}/cases/{number}/answer"): "agent", ("POST", "/desk/{rollout}/cases/{number}/close"): "agent",
    ("POST", "/desk/{rollout}/cases/{number}/owner"): "agent", ("POST", "/desk/{rollout}/cases/{number}/silence"): "agent",
    ("POST", "/desk/{rollout}/visits/{visit}/take-back"): "agent",
    ("GET", "/desk/{rollout}/calls"): "agent", ("GET", "/desk/{rollout}/calls.csv"): "agent",
    ("GET", "/desk/{rollout}/calls/{notice}"): "agent", ("POST", "/desk/{rollout}/calls/{notice}"): "agent",
    ("GET", "/desk/{rollout}/find"): "agent", ("POST", "/desk/{rollout}/find"): "agent",
    ("GET", "/desk/{rollout}/visits/{visit}"): "agent", ("GET", "/desk/{rollout}/notices/{notice}"): "agent",
    ("GET", "/desk/{rollout}/notices/{notice}/body"): "agent",
}
PERSONAL = ("Ms Person", "person1@example.com", "+447400123401", "1 Mill Road", "my heart")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """With a customer who was told, asked, and stands in a refused row."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.world.visit("2027-03-09", area="Harbour")
    office.town.night("2027-02-22 09:00")
    office.case(visit_id=1, customer_id=1, words="Is it bad for my heart?", area="Harbour")
    office.world.put(Refused, rollout="northwick", feed_id=1, line=7, reason="date_unreadable", detail="soon",
                     row='{"CUSTOMER": "Ms Person 9", "EMAIL": "person1@example.com"}')
    return office


def address(path: str, office: Office) -> str:
    notice = next(row.id for row in office.world.notices(channel="email"))
    return path.format(rollout="northwick", kpi="B1", feed=1, number=1, notice=notice, visit=1)


def test_every_page_of_the_desk_stands_in_this_table() -> None:
    routes = [route for part in desk.PARTS for route in part.router.routes if isinstance(route, APIRoute)]
    assert {(method, f"/desk{route.path}") for route in routes for method in route.methods} == set(PAGES)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("method", "path"), [pytest.param(*page, id=" ".join(page)) for page in PAGES])
def test_each_page_is_for_its_role_and_those_above(office: Office, method: str, path: str, who: str) -> None:
    browser = office.stranger() if who == "stranger" else office.someone(who)
    there = address(path, office)
    answer = browser.get(there) if method == "GET" else browser.post(there)
    needed = PAGES[method, path]
    if needed == "stranger":
        assert answer.status_code in (200, 401)
    elif who == "stranger":
        assert answer.status_code == 303 and answer.headers["location"].startswith("/desk/login")
        assert answer.text == ""
    elif ROLES.index(who) < ROLES.index(needed):
        assert answer.status_code == 403 and f"the role {needed}" in answer.text
    else:
        assert answer.status_code not in (403, 500, 503) and "/desk/login?next" not in answer.headers.get("location", "")
    if ROLES.index(who) < ROLES.index("agent"):
        assert not any(word in answer.text for word in PERSONAL)


def test_a_viewer_sees_no_customer_and_no_way_to_one(office: Office) -> None:
    browser = office.someone("viewer")
    for method, path in PAGES:
        if method == "GET" and PAGES[method, path] == "viewer":
            text = browser.get(address(path, office)).text
            assert not any(f"/northwick/{part}" in text for part in ("cases", "calls", "find", "visits", "notices", "refused"))


def test_what_an_agent_sees_is_what_a_viewer_does_not(office: Office) -> None:
    browser = office.someone("agent")
    assert "Is it bad for my heart?" in browser.get("/desk/northwick/cases/1").text
    assert "person1@example.com" in browser.get("/desk/northwick/visits/1").text
    assert "Ms Person 9" in browser.get("/desk/northwick/refused.csv").text
    assert NAMES["agent"] in browser.get("/desk/").text


@pytest.mark.parametrize("path", [
    "/desk/elsewhere/", "/desk/northwick/visits/999", "/desk/northwick/visits/x", "/desk/northwick/visits/0",
    "/desk/northwick/visits/99999999999999999999", "/desk/northwick/notices/999", "/desk/northwick/notices/999/body",
    "/desk/northwick/cases/999", "/desk/northwick/calls/999", "/desk/northwick/kpis/B999", "/desk/audit?before=-1",
    "/desk/northwick/refused?page=99999999999999999999", "/desk/northwick/%3Cscript%3E/"])
def test_what_is_not_there_is_said_in_a_sentence(office: Office, path: str) -> None:
    answer = office.someone("manager").get(path)
    assert answer.status_code == 404
    assert "<script>" not in answer.text and "Traceback" not in answer.text
