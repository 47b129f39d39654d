"""Processes of their own for tests, forked from one that has done what each of them would do first."""

import multiprocessing
from multiprocessing.context import ForkServerContext

# That one is started once in a test run and reads these only then; so whoever comes first asks for what all of them need.
READ_FIRST = ["tests.test_killed", "tests.postgres.test_cut_off", "tests.postgres.test_migrations", "tests.proof.warm"]


def forkserver() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(READ_FIRST)
    return context
