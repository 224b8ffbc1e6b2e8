"""How a table's controller sees its clients: the same for all that the table has."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_ingress.controllers._ingress_nginx.error_pages import ErrorPages
from kubectl_ingress.controllers._ingress_nginx.sight import AS_IT_IS, Sight
from kubectl_ingress.core.actions import Action
from kubectl_ingress.core.table import RouteTable


def actions_of(table: RouteTable) -> Iterator[Action]:
    """All actions, those inside of others too."""
    for server in (table.default, *table.servers):
        yield from server.first
        for entry in server.entries:
            for action in entry.actions:
                yield action
                yield from action.inner if isinstance(action, ErrorPages) else ()


def sight_of(table: RouteTable) -> Sight:
    """What one of the actions was given; the connection itself where none was."""
    found = (getattr(action, "sight", None) for action in actions_of(table))
    return next((one for one in found if isinstance(one, Sight)), AS_IT_IS)
