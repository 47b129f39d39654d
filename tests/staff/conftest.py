"""A rollout with staff: lists as spreadsheets save them, and answers of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorstep.settings import CHECKOUT
from tests.staff.office import Office, new_office

ANSWER = """## {topic}: What about {topic}?
Short: All is well with {topic}, says {{{{ utility.name }}}}.
Source: The office
Owner: Customer team
Reviewed: 2027-01-04

All is well, and here is why.

"""


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's templates with five short answers in place of its own."""
    folder = tmp_path_factory.mktemp("words") / "templates"
    shutil.copytree(CHECKOUT / "templates", folder, ignore=shutil.ignore_patterns("answers", "pages"))
    (folder / "answers").mkdir()
    for language in ("en", "ar"):
        (folder / "answers" / f"{language}.md").write_text(
            "".join(ANSWER.format(topic=topic) for topic in ("what", "why", "cost", "health", "safety")), "utf-8")
    return folder


@pytest.fixture
def office(tmp_path: Path, words: Path) -> Iterator[Office]:
    """An office with no staff yet."""
    made = new_office(tmp_path, words)
    yield made
    made.store.close()
