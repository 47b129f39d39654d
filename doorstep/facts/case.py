"""One visit as it stands at the moment of hand-over: everything that facts are made from."""

from typing import NamedTuple


class Case(NamedTuple):
    """A notice with its visit and its customer, in the order a query selects them (`Case._make(row)`)."""

    notice_id: int
    occasion: str
    via: str
    visit_id: int
    customer_id: int
    status: str
    day: str                              # ISO, local to the premise
    window_start: int | None = None       # minutes after local midnight
    window_end: int | None = None
    zone: str = "UTC"
    reference: str = ""
    meters: int = 1
    commodities: str = "electricity"      # "electricity", "electricity,gas", ...
    presence_required: int = 0
    power_off_minutes: int | None = None  # None: the rollout's own figure
    duration_minutes: int | None = None
    new_meter: str | None = None
    attempts: int = 0
    outcome: str | None = None
    outcome_at: int | None = None         # epoch seconds
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    town: str | None = None
    postcode: str | None = None
    language: str = "en"
    prefers: str | None = None
    most_per_week: int | None = None      # notices that are not duty, where the customer set a number
    large_print: int = 0
    vulnerable: int = 0
    life_support: int = 0
    landlord: int = 0
    business: int = 0
    prepaid: int = 0
    old_day: str | None = None            # what the customer was last told, or None
    old_start: int | None = None
    old_end: int | None = None
    topic: str | None = None              # of the concern or the rumour that the notice answers
    answer: str | None = None             # what a person answered, and where that comes from
    answer_source: str | None = None
    link: str = ""                        # the customer's own page, where messages may carry it; not from the query
