"""Who is due what, as one query for each notice of the plan."""

from doorstep.plan.statements import insert_due, insert_missed, stands

__all__ = ["insert_due", "insert_missed", "stands"]
