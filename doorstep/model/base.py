"""What the tables share: the plain table of a model, numbers of any size, and what a visit can be."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, MetaData, String, Table, cast
from sqlmodel import SQLModel


def table(of: type[SQLModel]) -> Table:
    """The table of a model, for statements over sets: without the mapper, which doubles their cost."""
    found: Table = of.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return found


WHOLE = BigInteger().with_variant(Integer(), "sqlite")


def widen(metadata: MetaData) -> None:
    """Make every whole number one of 64 bits, as SQLite's are: an instant after 2038 does not fit into PostgreSQL's INTEGER."""
    for each in metadata.tables.values():
        for column in each.columns:
            if isinstance(column.type, Integer):
                column.type = WHOLE


class Status(StrEnum):
    """What a visit is, in our words; a feed's own words are mapped to these."""

    PLANNED = "planned"
    BOOKED = "booked"
    EN_ROUTE = "en_route"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    MERGED = "merged"      # its work orders joined another visit of the same household


OPEN = (Status.PLANNED, Status.BOOKED, Status.EN_ROUTE)


def letter_box(customer_id: Any, address: Any) -> Any:
    """What stands in the ledger of stops for letters to a customer: a street's name alone could be in any town, and a new
    tenant or a mended address is another letter box. Of columns or of plain values."""
    number = cast(customer_id, String) if isinstance(customer_id, ColumnElement) else str(customer_id)
    return number + "/" + address


def address_on(channel: str | None, customer: Any, customer_id: int) -> str | None:
    """What stands in the ledger of stops for a customer on a channel; None where the customer has no such address.

    `customer` is any row with the customer's email, phone and address.
    """
    if channel is None:
        return None
    if channel == "post":
        return str(letter_box(customer_id, customer.address)) if customer.address else None
    own: str | None = customer.email if channel == "email" else customer.phone
    return own
