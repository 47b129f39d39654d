"""The install schedule: pulled from whoever keeps it, checked row by row, and merged into visits."""

from doorstep.schedule.holding import HeldFeed, held_feeds
from doorstep.schedule.pulling import accept_feed, pull
from doorstep.schedule.refused import export_refused, refused_rows
from doorstep.schedule.reports import PullReport

__all__ = ["HeldFeed", "PullReport", "accept_feed", "export_refused", "held_feeds", "pull", "refused_rows"]
