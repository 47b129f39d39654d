"""A rumour from end to end: many ask the same, a person reads what would be answered and decides, the next send answers."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorstep.errors import DoorstepError
from doorstep.inbox.keeping import TWILIO, Arrival, keep
from doorstep.inbox.sms_events import kept
from doorstep.settings import Settings
from doorstep.store import open_store
from doorstep.timing import to_instant
from flows.approve_rumour import approve_rumour
from flows.listen import listen
from flows.send import send
from tests.flows.feeds import ROLLOUT, messages, put, rows, told
from tests.flows.test_night import NORTHWICK, artifact

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]
NOW = datetime.now(UTC).replace(microsecond=0)        # a decision is made now: its flow plays no other day
CUSTOMERS, ASK = 10, 6                                # more than five of one area on one day are a rumour


@pytest.fixture
def worried(home: Path) -> Path:
    """A town whose customers were told of their visits, and of whom some ask by text whether the meter makes them ill."""
    file = home / "config" / "rollouts" / f"{ROLLOUT}.toml"
    file.write_text(file.read_text("utf-8").replace("\n[feed.columns]\n", '\n[feed.columns]\narea = "WAVE"\n'), "utf-8")
    put(home, "1", rows(CUSTOMERS, WAVE="Harbour", INSTALL_DATE=f"{NOW + timedelta(days=40):%d/%m/%Y}",
                        UPDATED=f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"))
    told(NOW - timedelta(days=1))
    store = open_store(Settings())
    keep(store, [Arrival(TWILIO, f"t{number}", kept("", [
        ("MessageSid", f"SM{number}"), ("SmsStatus", "received"), ("From", f"+447400{number:06d}"), ("To", "+447700900192"),
        ("Body", "Does the radiation of this meter give you cancer?")])) for number in range(1, ASK + 1)], to_instant(NOW))
    store.close()
    return home


def answered() -> list[tuple[str, int]]:
    """In which states the notices B-13 are, and how many."""
    store = open_store(Settings())
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT state FROM notice WHERE notice = 'rumour-answer'").scalars().all()
    store.close()
    return sorted(Counter(found).items())


def test_a_rumour_is_answered_in_its_area_once_a_person_repeats_its_count(
        worried: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert listen(NOW).words == ASK
    assert f"rumour 1 of {ROLLOUT}: {ASK} customers of one area ask about health; approve-rumour decides" in caplog.text
    page = artifact(f"rumours-{ROLLOUT}")
    assert "## Rumour 1: health in Harbour" in page and f"the {CUSTOMERS} open visits there" in page
    assert "| rumour_id | `1` |" in page and f"| count | `{ASK}` |" in page

    with pytest.raises(DoorstepError, match=f"rumour 1 counts {ASK} customers, not 3"):
        approve_rumour(NORTHWICK, rumour_id=1, count=3, by="Jo Bell")
    send(NORTHWICK, NOW + timedelta(hours=1))
    assert answered() == []

    assert approve_rumour(NORTHWICK, rumour_id=1, count=ASK, by="Jo Bell") == 0
    assert artifact(f"rumours-{ROLLOUT}") == "No rumour waits for a person."
    before = messages(worried)
    for hours in (2, 3):
        send(NORTHWICK, NOW + timedelta(hours=hours))
        assert answered() == [("accepted", CUSTOMERS)]
    assert len([name for name in messages(worried) if name not in before and name.startswith("email")]) == CUSTOMERS
    with pytest.raises(DoorstepError, match="rumour 1 is approved already, by Jo Bell"):
        approve_rumour(NORTHWICK, rumour_id=1, count=ASK, by="Kit Hale", dismiss=True)
