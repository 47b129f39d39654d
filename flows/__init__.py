"""When, and in what order: the stories that Prefect runs."""

import os

# Prefect reads its settings when it is first imported, which is after this. What the user has set stays.
for name, value in {
    # A utility's machine tells nobody that it runs: neither Prefect's server nor its command line phones home.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # `doorstep nightly` brings its own server; its first start builds a database and may take longer than 20 s.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}.items():
    os.environ.setdefault(name, value)
