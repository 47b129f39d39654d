"""Doorstep runs the customer side of a smart-meter rollout."""

__version__ = "0.1.0"
