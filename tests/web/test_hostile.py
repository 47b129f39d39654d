"""Two thousand hostile requests at every page and hook: none changes anything, none gets a stack trace or a word about us."""

import re
import warnings
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import SQLModel

from doorstep.links import Links
from doorstep.model import Enquiry
from doorstep.settings import Settings
from doorstep.store import Store
from doorstep.web.room import Room
from tests.making import World, at, make_rollout, make_store
from tests.web import hostile
from tests.web.application import application
from tests.web.calling import call_all

# A page that failed, a path of ours, a line of code, the database's own words.
REVEALING = re.compile(r"Traceback|\.py\b|, line \d+|\[SQL:|sqlalchemy|sqlite3|psycopg|site-packages")
LEAST = 2000
FIELDS = ("words", "topic", "who", "access", "present", "channel", "language", "most", "slot", "slot_id", "rating", "answer")


class Gate:
    """An application with two households, and what stands in its database."""

    def __init__(self, folder: Path) -> None:
        rollout = make_rollout(refusal_allowed=True)
        self.world = World(make_store(folder), rollout)
        self.now = at("2027-03-01 12:00", rollout)
        self.mine, self.theirs = (self.world.visit("2027-03-15", status="booked") for _ in range(2))
        self.signer = hostile.Signer()
        settings = Settings(
            home=folder, secret_key=hostile.KEY, sendgrid_event_keys=self.signer.public, hook_secret="a hook's secret",
            sns_topics="arn:aws:sns:eu-west-2:1:ours", twilio_auth_token="twilio's token")
        self.links = Links([hostile.KEY], settings.public_url)
        self.app: FastAPI = application(Room(settings, self.world.store, {"northwick": rollout}, lambda: self.now))

    def paths(self, method: str, start: str = "/") -> list[str]:
        """The addresses of the application, as it says itself."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")        # pages answer GET and HEAD by one function
            known = self.app.openapi()["paths"]
        return sorted(path for path, methods in known.items() if method.lower() in methods and path.startswith(start))


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate"))


def standing(store: Store) -> str:
    """A digest of every row of every table."""
    digest = sha256()
    with store.read() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1')):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def attacks(gate: Gate) -> list[hostile.Attack]:
    """All of them."""
    pages, deeds = gate.paths("GET", "/v/"), gate.paths("POST", "/v/")
    own = [f"/v/{{token}}/asked/{number}" if "{enquiry_id}" in path else path for number, path in enumerate(deeds)]
    return [
        *hostile.on_tokens(gate.links, gate.mine, gate.now, [*pages, "/u/{token}"], [*own, "/u/{token}"]),
        *hostile.on_paths([path for path in gate.paths("GET") if "{" in path]),
        *hostile.on_signatures(gate.signer, 1, gate.now),
        *hostile.floods([path for path in gate.paths("POST") if not path.startswith("/hooks/sendgrid/inbound")]),
        *(hostile.Attack("no login", "POST", re.sub(r"{\w+}", "1", path), hostile.FORM, b"reason=x&area=x")
          for path in gate.paths("POST", "/desk") if path not in ("/desk/login",)),
        *(hostile.Attack("another site's form", "POST", re.sub(r"{\w+}", "x", path),
                         {**hostile.FORM, "origin": "https://evil.example"}, b"answer=yes") for path in deeds)]


def test_two_thousand_hostile_requests_change_nothing_and_learn_nothing(gate: Gate) -> None:
    before, sent = standing(gate.world.store), attacks(gate)
    assert len(sent) >= LEAST
    answers = call_all(gate.app, ((each.method, each.path, each.headers, each.body) for each in sent))
    for attack, answer in zip(sent, answers, strict=True):
        where = (attack.what, attack.method, attack.path[:120], answer.status, answer.text[:200])
        assert answer.status < 500 or answer.status == 503, where
        assert not REVEALING.search(answer.text), where
        assert not any(word in answer.headers for word in ("x-evil", "set-cookie")), where
        assert "<script>alert" not in answer.text and "onerror=alert(1)>" not in answer.text, where
    assert standing(gate.world.store) == before


def test_a_good_link_gives_no_power_over_another_household(gate: Gate) -> None:
    theirs = gate.world.put(Enquiry, rollout="northwick", kind="question", topic="cost", customer_id=2, visit_id=gate.theirs,
                            channel="page", language="en", words="Mine alone", owner="Team", opened_at=gate.now,
                            due_at=gate.now + 86400, state="answered")
    before = standing(gate.world.store)
    token = gate.links.visit(gate.mine, gate.now + 86400).rpartition("/")[2]
    for number in (theirs, theirs + 1, 0, -1, 10**30):
        (answer,) = call_all(gate.app, [("POST", f"/v/{token}/asked/{number}", hostile.FORM, b"answer=yes")])
        assert 400 <= answer.status < 500 and "Mine alone" not in answer.text
    assert standing(gate.world.store) == before


@pytest.mark.parametrize("word", hostile.WORDS, ids=lambda word: ascii(word)[:30])
def test_hostile_words_in_a_customers_own_form_are_refused_or_shown_as_words(gate: Gate, word: str) -> None:
    visit = gate.world.visit("2027-03-15", status="booked")
    token = gate.links.visit(visit, gate.now + 86400).rpartition("/")[2]
    body = urlencode(dict.fromkeys(FIELDS, word), errors="surrogatepass").encode()
    places = [re.sub(r"{(?!token)\w+}", "1", path).replace("{token}", token) for path in gate.paths("POST", "/v/")]
    for place, answer in zip(places, call_all(gate.app, [("POST", place, hostile.FORM, body) for place in places],
                                              client=f"203.0.113.{visit}"), strict=True):
        assert answer.status < 500 and not REVEALING.search(answer.text), (place, answer.status, answer.text[:300])
    (page,) = call_all(gate.app, [("GET", f"/v/{token}", {}, b"")])
    assert page.status == 200
    assert "<script>alert" not in page.text and "<img src=x" not in page.text and "<svg/" not in page.text
    assert "\u202e" not in page.text and not re.search(r"\b49\b", page.text)
