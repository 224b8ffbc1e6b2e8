"""Bindings of roles; Roles and ClusterRoles have no columns of their own."""

from __future__ import annotations

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.columns.column import (
    AGE,
    NAME,
    WIDE,
    Columns,
    items,
    text,
    word,
)


def _role(binding: Json) -> str:
    return f"{word(binding, 'roleRef', 'kind')}/{word(binding, 'roleRef', 'name')}"


def _subjects(binding: Json, kind: str) -> str:
    found = [each for each in items(binding, "subjects") if each["kind"] == kind]
    if kind == "ServiceAccount":
        return ", ".join(f"{word(each, 'namespace')}/{each['name']}" for each in found)
    return ", ".join(each["name"] for each in found)


_BINDING = (
    NAME,
    text("Role", _role),
    AGE,
    text("Users", lambda binding: _subjects(binding, "User"), WIDE),
    text("Groups", lambda binding: _subjects(binding, "Group"), WIDE),
    text("ServiceAccounts", lambda binding: _subjects(binding, "ServiceAccount"), WIDE),
)
COLUMNS: Columns = {"RoleBinding": _BINDING, "ClusterRoleBinding": _BINDING}
