"""The answers to what customers ask, for whoever answers them: the page, the desk, the plan."""

from doorstep.facts.answer import CONCERNS, IMPOSTOR, QUESTIONS, Answer
from doorstep.words.answers import Answers

__all__ = ["CONCERNS", "IMPOSTOR", "QUESTIONS", "Answer", "Answers"]
