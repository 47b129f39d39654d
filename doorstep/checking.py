"""Everything that can be known to be wrong before anyone is told anything: config, words, database, sources."""

from collections.abc import Callable, Sequence

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from doorstep.board import read_words as read_board
from doorstep.booking.calendar import calendar_faults
from doorstep.booking.write_back import write_back_faults
from doorstep.conversation.answers import Answers
from doorstep.delivery.ready import check_senders, late_letters
from doorstep.errors import ConfigError, DoorstepError
from doorstep.inbox.sendgrid_events import keys_of
from doorstep.replies.phrases import load_words
from doorstep.rollout import Rollout, load_rollout
from doorstep.schedule.sources import check as check_source
from doorstep.settings import Settings
from doorstep.staff.quiz import Quizzes
from doorstep.store import open_store
from doorstep.usage import usage_faults
from doorstep.web.words import Pages
from doorstep.words import Library
from doorstep.words.check import check_words


def check_all(settings: Settings, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every fault at once, and what is only worth knowing: faults, remarks."""
    faults: list[str] = []
    remarks: list[str] = []
    rollouts = [rollout for name in names if (rollout := _rollout(settings, name, faults))]
    faults = list(dict.fromkeys(faults))             # a fault of plan.toml is every rollout's, and said once
    faults += _database(settings)
    for rollout in rollouts:
        faults += check_source(rollout.file.feed.source, place=rollout.config_path)
        faults += calendar_faults(rollout) + write_back_faults(rollout) + usage_faults(rollout)
    faults += _pages(settings)
    try:
        library = Library.load(settings.templates)
    except ConfigError as error:
        return faults + error.faults, remarks
    for rollout in rollouts:
        wrong, notes = check_words(library, rollout)
        said, more = check_senders(rollout, settings)
        faults += wrong + said + check_board(library, rollout)
        remarks += notes + more + late_letters(rollout) + _waiting(rollout)
    return list(dict.fromkeys(faults)), remarks


def _rollout(settings: Settings, name: str, faults: list[str]) -> Rollout | None:
    try:
        return load_rollout(settings.config, name)
    except ConfigError as error:
        faults += error.faults
        return None


def _database(settings: Settings) -> list[str]:
    try:
        store = open_store(settings)
        with store.read() as connection:
            connection.execute(text("SELECT 1"))
    except DoorstepError as error:
        return [str(error)]
    except (SQLAlchemyError, OSError) as error:
        return [f"DOORSTEP_DATABASE_URL: the database does not answer: {str(error).splitlines()[0]}"]
    return []


def _pages(settings: Settings) -> list[str]:
    """What is wrong with the words of the pages, the answers, the quizzes, what replies may say, and with the hooks' keys."""
    faults: list[str] = []
    readers: tuple[Callable[[], object], ...] = (
        lambda: Pages(settings.templates), lambda: Answers.load(settings.templates), lambda: Quizzes(settings.templates),
        lambda: load_words(settings.templates / "replies"), lambda: keys_of(settings.sendgrid_event_keys))
    for read in readers:
        try:
            read()
        except ConfigError as error:
            faults += error.faults
    return faults


def check_board(library: Library, rollout: Rollout) -> list[str]:
    """What is wrong with the words of the community board."""
    try:
        read_board(library.folder / "layouts" / "board", rollout)
    except ConfigError as error:
        return error.faults
    return []


def _waiting(rollout: Rollout) -> list[str]:
    waiting: dict[str, list[str]] = {}
    for row in rollout.plan:
        if row.waits_for:
            waiting.setdefault(row.waits_for, []).append(row.notice)
    return [f"{rollout.name}: {', '.join(notices)}: waiting for {what}" for what, notices in waiting.items()]
