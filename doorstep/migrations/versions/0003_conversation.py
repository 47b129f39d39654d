"""The conversation: what came back, enquiries and rumours; slots that customers choose; those who work on the rollout."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from doorstep.migrations.kinds import WHOLE, WORDS, add

revision = "0003"
down_revision = "0002"

NEW = sa.text("state = 'new'")
AFRICAS = sa.text("provider = 'africastalking'")
IN_FORCE = sa.text("state IN ('held','booked')")


def upgrade() -> None:
    """Add the tables, and what customers chose for themselves."""
    add("customer", sa.Column("language_chosen", WHOLE, server_default=sa.text("0"), nullable=False))
    add("customer", sa.Column("prefers_chosen", WHOLE, server_default=sa.text("0"), nullable=False))
    add("customer", sa.Column("verified_at", WHOLE))
    op.create_index("customer_by_email", "customer", ["rollout", sa.text("lower(email)")], if_not_exists=True)
    op.create_index("customer_by_account", "customer", ["rollout", "account"], if_not_exists=True)
    op.create_index("notice_by_provider_id", "notice", ["provider_id"], sqlite_where=AFRICAS, postgresql_where=AFRICAS,
                    if_not_exists=True)
    _conversation()
    _booking()
    _people()


def _conversation() -> None:
    op.create_table(
        "enquiry",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("customer_id", WHOLE),
        sa.Column("visit_id", WHOLE),
        sa.Column("area", WORDS),
        sa.Column("channel", WORDS, nullable=False),
        sa.Column("language", WORDS, nullable=False),
        sa.Column("words", WORDS, nullable=False),
        sa.Column("owner", WORDS, nullable=False),
        sa.Column("opened_at", WHOLE, nullable=False),
        sa.Column("due_at", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("answered_at", WHOLE),
        sa.Column("answered_by", WORDS),
        sa.Column("answer", WORDS),
        sa.Column("source", WORDS),
        sa.Column("closed_at", WHOLE),
        sa.Column("satisfied", WHOLE),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index("enquiry_by_area", "enquiry", ["rollout", "area", "topic", "opened_at"], if_not_exists=True)
    op.create_index("enquiry_by_visit", "enquiry", ["visit_id"], if_not_exists=True)
    op.create_index("enquiry_open", "enquiry", ["rollout", "state", "due_at"], if_not_exists=True)
    op.create_table(
        "heard",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("source", WORDS, nullable=False),
        sa.Column("ref", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("why", WORDS),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "ref"),
        if_not_exists=True,
    )
    op.create_index("heard_open", "heard", ["state", "id"], sqlite_where=NEW, postgresql_where=NEW, if_not_exists=True)
    op.create_table(
        "reply",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("ref", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("channel", WORDS, nullable=False),
        sa.Column("customer_id", WHOLE),
        sa.Column("visit_id", WHOLE),
        sa.Column("notice_id", WHOLE),
        sa.Column("meant", WORDS, nullable=False),
        sa.Column("words", WORDS, nullable=False),
        sa.Column("enquiry_id", WHOLE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rollout", "ref"),
        if_not_exists=True,
    )
    op.create_index("reply_by_visit", "reply", ["visit_id"], if_not_exists=True)
    op.create_index("reply_by_time", "reply", ["rollout", "at"], if_not_exists=True)
    op.create_table(
        "rumour",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("area", WORDS, nullable=False),
        sa.Column("topic", WORDS, nullable=False),
        sa.Column("count", WHOLE, nullable=False),
        sa.Column("found_at", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("decided_at", WHOLE),
        sa.Column("decided_by", WORDS),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rollout", "area", "topic", "found_at"),
        if_not_exists=True,
    )
    op.create_table(
        "surveyanswer",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("visit_id", WHOLE, nullable=False),
        sa.Column("customer_id", WHOLE, nullable=False),
        sa.Column("survey", WORDS, nullable=False),
        sa.Column("question", WORDS, nullable=False),
        sa.Column("value", WHOLE, nullable=False),
        sa.Column("channel", WORDS, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("visit_id", "survey", "question"),
        if_not_exists=True,
    )
    op.create_index("answer_by_question", "surveyanswer", ["rollout", "question"], if_not_exists=True)


def _booking() -> None:
    op.create_table(
        "calendarslot",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("area", WORDS, nullable=False),
        sa.Column("day", WORDS, nullable=False),
        sa.Column("window_start", WHOLE, nullable=False),
        sa.Column("window_end", WHOLE, nullable=False),
        sa.Column("capacity", WHOLE, nullable=False),
        sa.Column("taken", WHOLE, nullable=False),
        sa.Column("updated_at", WHOLE, nullable=False),
        sa.CheckConstraint("taken >= 0", name="taken_is_a_count"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rollout", "area", "day", "window_start", "window_end"),
        if_not_exists=True,
    )
    op.create_table(
        "request", *_full(WHOLE, "id"), *_full(WORDS, "rollout"), *_full(WHOLE, "visit_id", "customer_id"),
        *_full(WORDS, "kind", "channel", "from_day"), *_open(WHOLE, "from_start", "from_end"), *_full(WORDS, "from_status"),
        *_open(WORDS, "to_day"), *_open(WHOLE, "to_start", "to_end", "slot_id"), *_full(WHOLE, "at"), *_full(WORDS, "state"),
        *_open(WHOLE, "parcel", "written_at", "settled_at"), sa.PrimaryKeyConstraint("id"), if_not_exists=True,
    )
    op.create_index("request_by_visit", "request", ["visit_id"], if_not_exists=True)
    op.create_index("request_open", "request", ["rollout", "state", "visit_id"], if_not_exists=True)
    op.create_index("request_of_parcel", "request", ["parcel"], if_not_exists=True)
    op.create_table(
        "requestorder", *_full(WHOLE, "id", "request_id", "order_id"), *_full(WORDS, "day"),
        *_open(WHOLE, "window_start", "window_end"), *_open(WORDS, "status", "settled"), sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index("request_order_of", "requestorder", ["request_id"], if_not_exists=True)
    op.create_index("request_order_by_order", "requestorder", ["order_id"], if_not_exists=True)
    op.create_table(
        "slothold", *_full(WHOLE, "id", "slot_id", "visit_id"), *_full(WORDS, "state"), *_open(WHOLE, "until_at"),
        *_full(WHOLE, "at"), sa.PrimaryKeyConstraint("id"), if_not_exists=True,
    )
    op.create_index("hold_of_visit", "slothold", ["visit_id", "state"], unique=True, sqlite_where=IN_FORCE,
                    postgresql_where=IN_FORCE, if_not_exists=True)
    op.create_index("hold_open", "slothold", ["slot_id", "state", "until_at"], if_not_exists=True)
    op.create_table(
        "visitnote",
        sa.Column("visit_id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("present", WORDS),
        sa.Column("who", WORDS),
        sa.Column("access", WORDS),
        sa.Column("pets", WHOLE, nullable=False),
        sa.Column("medical", WHOLE, nullable=False),
        sa.Column("confirmed_at", WHOLE),
        sa.Column("at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("visit_id"),
        if_not_exists=True,
    )
    op.create_index("ix_visitnote_rollout", "visitnote", ["rollout"], if_not_exists=True)


def _full(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _open(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def _people() -> None:
    op.create_table(
        "audit",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("by", WORDS, nullable=False),
        sa.Column("what", WORDS, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("data", WORDS),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index("audit_by_about", "audit", ["rollout", "about"], if_not_exists=True)
    op.create_table(
        "briefing",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("staff_id", WHOLE, nullable=False),
        sa.Column("wave", WORDS, nullable=False),
        sa.Column("script", WORDS, nullable=False),
        sa.Column("due_at", WHOLE, nullable=False),
        sa.Column("until_at", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("why", WORDS),
        sa.Column("attempt", WHOLE, nullable=False),
        sa.Column("attempted_at", WHOLE),
        sa.Column("provider_id", WORDS),
        sa.Column("accepted_at", WHOLE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "wave", "script"),
        if_not_exists=True,
    )
    op.create_index("briefing_open", "briefing", ["rollout", "state"], if_not_exists=True)
    op.create_table(
        "certificate",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("staff_id", WHOLE, nullable=False),
        sa.Column("script", WORDS, nullable=False),
        sa.Column("score", WHOLE, nullable=False),
        sa.Column("passed", WHOLE, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "script", "at"),
        if_not_exists=True,
    )
    op.create_index("ix_certificate_rollout", "certificate", ["rollout"], if_not_exists=True)
    op.create_table(
        "desksession",
        sa.Column("digest", WORDS, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("began_at", WHOLE, nullable=False),
        sa.Column("seen_at", WHOLE, nullable=False),
        sa.Column("ended_at", WHOLE),
        sa.PrimaryKeyConstraint("digest"),
        if_not_exists=True,
    )
    op.create_index("ix_desksession_user_id", "desksession", ["user_id"], if_not_exists=True)
    op.create_table(
        "deskuser",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("password", WORDS, nullable=False),
        sa.Column("role", WORDS, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("ended_at", WHOLE),
        sa.Column("failures", WHOLE, nullable=False),
        sa.Column("locked_until", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        if_not_exists=True,
    )
    op.create_table(
        "shift",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("day", WORDS, nullable=False),
        sa.Column("number", WORDS, nullable=False),
        sa.Column("firm", WORDS),
        sa.Column("area", WORDS),
        sa.Column("updated_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rollout", "day", "number"),
        if_not_exists=True,
    )
    op.create_table(
        "staff",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("rollout", WORDS, nullable=False),
        sa.Column("number", WORDS, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("role", WORDS, nullable=False),
        sa.Column("firm", WORDS),
        sa.Column("email", WORDS),
        sa.Column("phone", WORDS),
        sa.Column("language", WORDS, nullable=False),
        sa.Column("area", WORDS),
        sa.Column("since", WHOLE, nullable=False),
        sa.Column("left_at", WHOLE),
        sa.Column("updated_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rollout", "number"),
        if_not_exists=True,
    )
