"""What a proof would do first, done once by the process that it is forked from."""

import gc
import tempfile
from pathlib import Path

import tests.proof.under_fire  # noqa: F401  (read here, so that what is forked from it need not)
from doorstep.store import Store
from tests.making import make_store
from tests.proof.due import rehearse

with tempfile.TemporaryDirectory() as folder:
    store = make_store(Path(folder))
    rehearse(store)
    store.close()
Store("postgresql+psycopg://nobody@localhost/nothing").close()       # nobody is asked: the driver is read
gc.freeze()              # what is here is never garbage: else each one's collector would copy every page of it
