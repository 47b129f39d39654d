"""Facts: what a notice may say about one visit, as texts for its gaps and switches for its choices."""

from doorstep.facts.case import Case
from doorstep.facts.facts import Facts
from doorstep.facts.names import CONSTANTS, SETS, SWITCHES, TEXTS
from doorstep.facts.phrases import Phrases

__all__ = ["CONSTANTS", "SETS", "SWITCHES", "TEXTS", "Case", "Facts", "Phrases"]
