"""A made-up rollout in fast time: its households, its days, its feeds and its customers."""
