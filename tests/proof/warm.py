"""What every sender would do first, done once by the process that they are forked from: a new one is at work at once."""

import gc
import tempfile
from pathlib import Path

from doorstep.delivery import send_due
from doorstep.delivery.lines import Lines
from doorstep.store import Store
from tests.making import make_store
from tests.proof.due import LIBRARY, ROLLOUT, START, fill
from tests.town import Street

with tempfile.TemporaryDirectory() as folder:
    store = make_store(Path(folder))
    fill(store, 2)
    send_due(store, ROLLOUT, library=LIBRARY, lines=Lines.of({"email": Street("email")}), now=START)      # renders the words
    store.close()
Store("postgresql+psycopg://nobody@localhost/nothing").close()       # nobody is asked: the driver is read
gc.freeze()              # what is here is never garbage: else each sender's collector would copy every page of it
