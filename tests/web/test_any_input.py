"""Schemathesis makes up requests from the application's own description: none is answered with a fault of ours."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.web.test_hostile import REVEALING, Gate

KINDS = ("/hooks/", "/v/", "/u/", "/r/", "/desk", "/health")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The description of an application with a small world behind it."""
    gate = Gate(Path(tmp_path_factory.mktemp("described")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")        # pages answer GET and HEAD by one function
        description = gate.app.openapi()
    assert all(any(path.startswith(kind) for path in description["paths"]) for kind in KINDS)
    # Not from_asgi: the application shows its description to nobody.
    schema = schemathesis.openapi.from_dict(description)
    schema.app = gate.app
    return schema


def test_no_request_that_can_be_made_up_finds_a_fault_of_ours(described: Any) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 40
    for operation in operations:
        @settings(max_examples=4, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate),
                  suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def is_answered(case: Any) -> None:
            answer = case.call()
            assert answer.status_code < 500 or answer.status_code == 503, (case.method, case.path, answer.text[:300])
            assert not REVEALING.search(answer.text), (case.method, case.path)

        is_answered()
