"""Services without limits on cost and response size, for tests that generate very large operations."""

from dataclasses import replace

from resolvers.context import Services


def unlimited(services: Services) -> Services:
    """These services, with operations of any price and answers of any size."""
    return replace(services, ceilings=replace(services.ceilings, points=10**9, response_bytes=10**9))
