"""What came back: messages as they arrived, what customers meant, enquiries that wait for a person, rumours, answers."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Heard(SQLModel, table=True):
    """One delivery at a hook or from a queue, kept raw and verified until it is worked on; then only that it came."""

    __table_args__ = (
        UniqueConstraint("source", "ref"),
        Index("heard_open", "state", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str                                   # sendgrid-events, sendgrid-inbound, sns, sqs, twilio, africastalking
    ref: str                                      # the sender's own id of the delivery, else a digest of the body
    at: int
    state: str = "new"                            # new | done | failed
    why: str | None = None                        # what could not be read, without personal data
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))      # NULL once it is done


class Reply(SQLModel, table=True):
    """What a customer wrote or pressed, and what it was taken to mean."""

    __table_args__ = (UniqueConstraint("rollout", "ref"), Index("reply_by_visit", "visit_id"),
                      Index("reply_by_time", "rollout", "at"))
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    ref: str                                      # the provider's id of the message: a reply counts once
    at: int
    channel: str                                  # sms | email | page | call | desk
    customer_id: int | None = None                # None where nobody is known under the address
    visit_id: int | None = None
    notice_id: int | None = None                  # the notice that it answers
    meant: str                                    # stop, start, help, confirm, move, wrong_person, question, concern, ...
    words: str = ""                               # personal: never in a log, an artifact or the journal
    enquiry_id: int | None = None


class Enquiry(SQLModel, table=True):
    """A question, a concern or anything else that waits for a person: what the trade calls a case."""

    __table_args__ = (
        Index("enquiry_open", "rollout", "state", "due_at"),
        Index("enquiry_by_area", "rollout", "area", "topic", "opened_at"),
        Index("enquiry_by_visit", "visit_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    # concern | question | unclear | move | call_me | wrong_person | complaint | impostor | needs | refusal | fault
    kind: str
    topic: str = "other"                          # health, privacy, cost, accuracy, forced, power_off, safety, scam, ...
    customer_id: int | None = None
    visit_id: int | None = None
    area: str | None = None
    channel: str                                  # by which it came, and by which it is answered
    language: str
    words: str = ""                               # the customer's own: personal
    owner: str                                    # a person or a desk, by name
    opened_at: int
    due_at: int                                   # when it must be answered, by the rollout's working days
    state: str = "open"                           # open | answered | closed
    answered_at: int | None = None
    answered_by: str | None = None
    answer: str | None = None                     # what was said
    source: str | None = None                     # where the answer comes from
    closed_at: int | None = None
    satisfied: int | None = None                  # "did this answer you?": 1, 0, or NULL while not said


class Rumour(SQLModel, table=True):
    """More of one topic in one area within a day than the rollout allows: an alert, and a notice that a person approves."""

    __table_args__ = (UniqueConstraint("rollout", "area", "topic", "found_at"),)
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    area: str
    topic: str
    count: int
    found_at: int
    state: str = "found"                          # found | approved | dismissed
    decided_at: int | None = None
    decided_by: str | None = None


class SurveyAnswer(SQLModel, table=True):
    """One answer of one customer about one visit; a later answer to the same question takes its place."""

    __table_args__ = (UniqueConstraint("visit_id", "survey", "question"), Index("answer_by_question", "rollout", "question"))
    id: int | None = Field(default=None, primary_key=True)
    rollout: str
    visit_id: int
    customer_id: int
    survey: str                                   # before | after | knowledge
    question: str                                 # rating, knew_before, recommend, display, q1 ... q7
    value: int                                    # a rating of 1 to 5, or 0 and 1 for no and yes
    channel: str
    at: int
