"""A rollout: what its files say, read once and checked whole."""

from doorstep.rollout.load import load_kpi_targets, load_rollout, rollout_names
from doorstep.rollout.plan_rows import Condition, PlanRow
from doorstep.rollout.shape import FeedShape, KpiTarget, Rollout, Spoken

__all__ = ["Condition", "FeedShape", "KpiTarget", "PlanRow", "Rollout", "Spoken", "load_kpi_targets", "load_rollout",
           "rollout_names"]
