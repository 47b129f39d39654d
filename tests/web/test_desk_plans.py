"""No page of the desk walks through all customers, visits or notices: what it asks of the database begins at an index."""

import re
from typing import Any

import pytest
from sqlalchemy import event

from tests.desk.office import Office

LARGE = "visit|customer|notice|enquiry|workorder|journal|reply|request|visitpast"
# A whole table, or all of one rollout, which is the same.
WALKS = re.compile(rf"SCAN ({LARGE})\b.*|SEARCH ({LARGE}) USING (COVERING )?INDEX \w+ \(rollout=\?\)").fullmatch
PAGES = ("/", "/kpis", "/kpis/B1", "/feeds", "/rumours", "/stops", "/cases", "/cases?state=overdue&owner=x",
         "/cases?state=closed", "/cases?state=closed&area=x&topic=cost", "/cases?after=5-5", "/cases/1", "/calls", "/visits/1",
         "/notices/1", "/refused")
SOUGHT = ("visit 1", "notice 1", "NW0000001", "A1", "person1@example.com", "+447400123401", "nonsense")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("office"))
    office.world.visit("2027-03-09")
    office.town.night("2027-02-22 09:00")
    office.case(visit_id=1, customer_id=1)
    return office


def walks(office: Office, asked: list[tuple[str, Any]]) -> list[str]:
    """The steps of those statements that begin at no index."""
    raw = office.store.engine.raw_connection()
    try:
        return [row[3] for words, values in asked for row in raw.cursor().execute(f"EXPLAIN QUERY PLAN {words}", values)
                if WALKS(row[3])]
    finally:
        raw.close()


@pytest.mark.parametrize(("path", "sought"), [*((path, "") for path in PAGES), *(("/find", each) for each in SOUGHT)])
def test_a_page_costs_the_same_however_large_the_rollout(office: Office, path: str, sought: str) -> None:
    browser, asked = office.someone("manager"), list[tuple[str, Any]]()

    def heard(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, values))

    event.listen(office.store.engine, "before_cursor_execute", heard)
    try:
        answer = browser.post(f"/desk/northwick{path}", sought=sought) if sought else browser.get(f"/desk/northwick{path}")
    finally:
        event.remove(office.store.engine, "before_cursor_execute", heard)
    assert answer.status_code in (200, 303) and asked
    assert not walks(office, asked)


def test_a_walk_would_be_seen(office: Office) -> None:
    assert walks(office, [("SELECT id FROM visit WHERE reference = ?", ("x",))])
    assert walks(office, [("SELECT id FROM visit WHERE rollout = ? ORDER BY day", ("x",))])
    assert not walks(office, [("SELECT id FROM visit WHERE customer_id = ?", (1,))])
