"""Serves every deployment of the list to the Prefect server at PREFECT_API_URL: `python -m flows.runner`."""

from prefect import serve

from doorstep.settings import Settings
from flows.deployments import configured, served
from flows.leftovers import end_leftovers

RUNS_AT_ONCE = 4


def main() -> None:
    """Serve until Ctrl-C. Schedules outlive a restart, so they are not paused at the end."""
    end_leftovers()
    serve(*(served(each) for each in configured(Settings())), limit=RUNS_AT_ONCE, pause_on_shutdown=False)


if __name__ == "__main__":
    main()
