"""What customers used since their meter was fitted, as far as the rollout says it."""

from sqlmodel import Field, SQLModel


class Usage(SQLModel, table=True):
    """The newest period of one work order's meter: shown to its customer, and to nobody else."""

    order_id: int = Field(primary_key=True)
    rollout: str = Field(index=True)
    visit_id: int = Field(index=True)
    first_day: str
    last_day: str
    thousandths: int                              # of the unit
    unit: str                                     # kWh | m³
    at: int                                       # when we were told
