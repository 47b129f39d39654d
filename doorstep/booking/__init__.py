"""Visits that customers choose for themselves: the slots there are, what was asked of the scheduler, and how it learns of it."""
