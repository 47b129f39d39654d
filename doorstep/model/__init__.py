"""The tables.

An instant (`at`, `..._at`, `since`) is an int: epoch seconds, UTC. A `day` is the premise's local date as ISO text.
A time of day is an int: minutes after local midnight (480 is 08:00, 1440 is 24:00). Flags are 0 or 1.
Plain numbers keep a million rows small, sort as they should, and mean the same on SQLite and PostgreSQL.
"""

from sqlmodel import SQLModel

from doorstep.model.base import OPEN, Status, address_on, letter_box, table, widen
from doorstep.model.booking import CalendarSlot, Request, RequestOrder, SlotHold, VisitNote
from doorstep.model.conversation import Enquiry, Heard, Reply, Rumour, SurveyAnswer
from doorstep.model.notices import Halt, Journal, Notice, Rest, Score, Skeleton, Stop
from doorstep.model.people import Audit, Briefing, Certificate, DeskSession, DeskUser, Shift, Staff
from doorstep.model.schedule import Customer, Feed, Refused, SourceMark, Visit, VisitPast, WorkOrder
from doorstep.model.usage import Usage

__all__ = [
    "OPEN", "Audit", "Briefing", "CalendarSlot", "Certificate", "Customer", "DeskSession", "DeskUser", "Enquiry", "Feed",
    "Halt", "Heard", "Journal", "Notice", "Refused", "Reply", "Request", "RequestOrder", "Rest", "Rumour", "Score", "Shift",
    "Skeleton", "SlotHold", "SourceMark", "Staff", "Status", "Stop", "SurveyAnswer", "Usage", "Visit", "VisitNote", "VisitPast",
    "WorkOrder", "address_on", "letter_box", "table",
]

widen(SQLModel.metadata)
