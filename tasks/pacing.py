"""A provider's rate, shared by every sender on every machine: one place asked of Prefect for each batch."""

from math import ceil

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import rate_limit

from doorstep.channels import Channel
from doorstep.delivery import Pace
from doorstep.errors import Transient
from doorstep.rollout import Rollout

PATIENCE = 300          # seconds; a server that does not answer must not let everyone through, nor hold us for ever


def limit_name(provider: str) -> str:
    """The global concurrency limit that stands for a provider's rate."""
    return f"doorstep-{provider}"


def make_limits(rollout: Rollout) -> None:
    """Make the limits of this rollout's rates, or bring them to its present figures: an unknown one would let all pass."""
    with get_client(sync_client=True) as client:
        for provider, rate in rollout.file.rates.items():
            client.upsert_global_concurrency_limit_by_name(limit_name(provider), _burst(rate), slot_decay_per_second=rate)


def pacing(rollout: Rollout) -> Pace:
    """Waits before each call until the provider's rate has room for its messages. Raises Transient if none comes."""
    rates = rollout.file.rates

    def pace(channel: Channel, number: int) -> None:
        left = number if channel.provider in rates else 0
        while left > 0:
            taken = min(left, _burst(rates[channel.provider]))
            try:
                rate_limit(limit_name(channel.provider), occupy=taken, timeout_seconds=PATIENCE, strict=True)
            except Exception as error:      # slow, away, or without that limit: in any case nothing was handed over yet
                said = f"Prefect's server lets nothing through to {channel.provider} ({type(error).__name__})"
                raise Transient(said, code="busy") from error
            left -= taken

    return pace


def _burst(rate: float) -> int:
    return max(1, ceil(rate))
