"""What a proof would do first, done once by the process that it is forked from."""

import gc
import tempfile
from pathlib import Path

import tests.proof.under_fire  # noqa: F401  (read here, so that what is forked from it need not)
from doorstep.delivery import send_due
from doorstep.delivery.lines import open_lines
from doorstep.planning import plan_phase
from doorstep.settings import Settings
from doorstep.store import Store
from tests.making import make_store
from tests.proof.due import START, put_there, rehearse
from tests.test_killed import LIBRARY, NORTHWICK


def tell(store: Store, outbox: Path) -> None:
    """What comes of a pull: planned, and handed over to the outbox. No pull, for Polars' threads would not live on in a fork."""
    put_there(store, 2)
    plan_phase(store, NORTHWICK, phase=None, now=START)
    assert send_due(store, NORTHWICK, library=LIBRARY, lines=open_lines(NORTHWICK, Settings(outbox=outbox)), now=START).sent


with tempfile.TemporaryDirectory() as folder:
    store = make_store(Path(folder))
    rehearse(store)
    tell(store, Path(folder) / "outbox")
    store.close()
Store("postgresql+psycopg://nobody@localhost/nothing").close()       # nobody is asked: the driver is read
gc.freeze()              # what is here is never garbage: else each one's collector would copy every page of it
