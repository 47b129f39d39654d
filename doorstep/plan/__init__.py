"""Who is due what, as one query for each notice of the plan."""

from doorstep.plan.columns import COLUMNS, Pick
from doorstep.plan.inserting import insert_picked
from doorstep.plan.moments import Slot, slots
from doorstep.plan.statements import already, missed_picks, picks, stands

__all__ = ["COLUMNS", "Pick", "Slot", "already", "insert_picked", "missed_picks", "picks", "slots", "stands"]
