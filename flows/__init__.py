"""When, and in what order: the stories that Prefect runs."""

import os

# A utility's machine tells nobody that it runs: neither Prefect's server nor its command line phones home.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT", "false")
