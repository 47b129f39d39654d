"""The same job written the obvious way: one Prefect task and one render for each customer."""

import time
from pathlib import Path


def send(folder: Path, customers: int) -> tuple[float, int]:
    """A flow that maps a task over customers; counted until the flow is done, without the server's own catching up."""
    from jinja2 import Environment
    from prefect import flow, task
    from prefect.testing.utilities import prefect_test_harness

    words = Environment(autoescape=True).from_string(
        "Dear {{ name }}, we will fit your new meter on {{ day }}, between {{ window }}. " * 10)

    @task
    def tell(number: int) -> int:
        (folder / f"{number}.eml").write_text(words.render(name=f"Ms Horton {number}", day="2 March", window="8 and 12"))
        return number

    @flow
    def obvious() -> int:
        return len([future.result() for future in tell.map(range(customers))])

    with prefect_test_harness(server_startup_timeout=120):
        began = time.perf_counter()
        told = obvious()
        return time.perf_counter() - began, told
