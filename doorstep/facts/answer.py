"""One answer to what customers ask, as it stands in templates/answers."""

from typing import NamedTuple

from doorstep.rollout.talk_shape import TOPICS

# What everybody asks, in the order in which they ask it; then what some worry about; then who may come in.
QUESTIONS = ("what", "why", "benefits", "use", "who_pays", "difference", "harmful")
CONCERNS = tuple(topic for topic in TOPICS if topic != "other")
IMPOSTOR = "impostor"


class Answer(NamedTuple):
    """An answer in one language, with the rollout's own names and numbers in it."""

    topic: str
    question: str
    short: str          # one line, for a text message
    text: str           # plain paragraphs, a blank line between them
    source: str
    owner: str          # who keeps it right
    reviewed: str       # when somebody who speaks the language last read it, ISO; empty where nobody has yet
    language: str
    html: str = ""      # the same paragraphs, escaped
