"""What a deed at the desk left in the database."""

from typing import Any

from sqlalchemy import select

from doorstep.model import Enquiry, table
from tests.desk.office import Office

E = table(Enquiry)


def one(office: Office, of: Any) -> Any:
    with office.store.read() as connection:
        return connection.execute(select(of)).one()
