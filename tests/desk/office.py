"""An office with one rollout: people who log in, customers, notices, feeds, cases, calls, and a clock that tests turn."""

import re
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from doorstep.desk.passwords import Hasher
from doorstep.desk.users import add_user
from doorstep.model import Audit, Enquiry, table
from doorstep.settings import Settings
from doorstep.web.room import Room
from tests.making import at, database
from tests.town import Town
from tests.web.application import application, browser

CHEAP = Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "four words make one"
NAMES = {"viewer": "vera", "agent": "amos", "manager": "mina"}
A = table(Audit)
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class Office:
    """The desk of one small rollout."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder)
        self.world, self.store, self.rollout = self.town.world, self.town.world.store, self.town.world.rollout
        self.now = at("2027-03-05 10:00", self.rollout)
        self.settings = Settings(home=folder, database_url=database(folder), secret_key="test-key")
        self.app = application(Room(self.settings, self.store, {"northwick": self.rollout}, lambda: self.now), CHEAP)
        for role, name in NAMES.items():
            add_user(self.store, name=name, role=role, password=PASSWORD, by="test", now=0, hasher=CHEAP)

    def stranger(self, base: str = "https://desk.example", *, address: str = "81.2.69.142") -> "Browser":
        """Someone who is not logged in."""
        return Browser(self, browser(self.app, base_url=base, follow_redirects=False, client=(address, 50_000)))

    def someone(self, role: str) -> "Browser":
        """Someone of this role, logged in."""
        browser = self.stranger()
        answer = browser.log_in(NAMES[role])
        assert answer.status_code == 303, answer.text
        return browser

    def case(self, **values: Any) -> int:
        """A case that waits."""
        return self.world.put(Enquiry, **{
            "rollout": "northwick", "kind": "concern", "topic": "health", "channel": "sms", "language": "en", "state": "open",
            "owner": "Customer team", "words": "Is it <b>safe</b>?", "opened_at": self.now - 3600, "due_at": self.now + 3600,
            **values})

    def trail(self, what: str) -> list[tuple[str, str]]:
        """Who did this to what."""
        with self.store.read() as connection:
            return [(row.by, row.about) for row in connection.execute(select(A).where(A.c.what == what).order_by(A.c.id))]


class Browser:
    """One browser at the desk."""

    def __init__(self, office: Office, client: TestClient) -> None:
        self.office, self.client = office, client
        self.token = ""

    def log_in(self, name: str, password: str = PASSWORD, **more: str) -> Response:
        answer = self.client.post("/desk/login", data={"name": name, "password": password, **more})
        if answer.status_code == 303:
            self.token = self._token()
        return answer

    def _token(self) -> str:
        found = _TOKEN.search(self.client.get("/desk/").text)
        assert found
        return found[1]

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def post(self, path: str, **form: str) -> Response:
        return self.client.post(path, data={"token": self.token, **form})
