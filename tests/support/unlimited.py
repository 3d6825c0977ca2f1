"""Services without limits on cost, response size and waiting, for tests that generate very large operations."""

from copy import copy
from dataclasses import replace

from domain.feed.home import COLD_QUERIES, MAX_COLD_WAITERS
from kit.gate import Gate
from resolvers.context import Services

PATIENCE_S = 60.0


def unlimited(services: Services) -> Services:
    """These services, with operations of any price and responses of any size, which wait for cold feeds."""
    home = copy(services.home)
    home._cold = Gate("cold feeds", COLD_QUERIES, max_waiters=MAX_COLD_WAITERS, max_wait_s=PATIENCE_S)
    return replace(services, home=home, ceilings=replace(services.ceilings, points=10**9, response_bytes=10**9))
