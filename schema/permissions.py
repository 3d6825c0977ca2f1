"""Who may use a field. Every mutation and subscription names one of these."""

from collections.abc import Callable

from resolvers.context import Context

Permission = Callable[[Context], object]


def signed_in(context: Context) -> None:
    """Clients with a valid access token. Raises Unauthenticated."""
    context.require_viewer()


def anyone(context: Context) -> None:
    """Everybody: what makes or ends a session. A test lists the fields that allow this."""
