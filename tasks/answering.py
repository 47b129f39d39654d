"""Right after something was heard: what must be answered within minutes is, and what many ask about becomes an alert."""

from datetime import datetime

from prefect.logging import get_run_logger

from doorstep.conversation.on_the_spot import answer_on_the_spot
from doorstep.delivery.lines import open_lines
from doorstep.errors import DoorstepError
from doorstep.rollout import rollout_names
from doorstep.settings import Settings
from doorstep.timing import to_instant
from doorstep.words import Library
from tasks.desk import desk
from tasks.patience import patient
from tasks.rumours import look_for_rumours


@patient("answer on the spot")
def answer_at_once(now: datetime) -> int:
    """Stops confirmed and calls for help answered, for every rollout; returns how many went out."""
    settings, sent = Settings(), 0
    library = Library.load(settings.templates)
    for name in rollout_names(settings.config):
        try:
            with desk(name) as at:
                sent += answer_on_the_spot(at.store, at.rollout, library=library, lines=open_lines(at.rollout, at.settings),
                                           now=to_instant(now)).sent
        except DoorstepError as error:
            get_run_logger().error("%s: nothing was answered on the spot: %s", name, error)
    return sent


def look_everywhere(now: datetime) -> int:
    """Look for rumours in every rollout; returns how many wait for a person."""
    return sum(look_for_rumours(name, now) for name in rollout_names(Settings().config))
