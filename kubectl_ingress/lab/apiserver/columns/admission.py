"""Configurations of admission webhooks."""

from __future__ import annotations

from kubectl_ingress.lab.apiserver.columns.column import AGE, NAME, Columns, items, number

_WEBHOOKS = (NAME, number("Webhooks", lambda obj: len(items(obj, "webhooks"))), AGE)
COLUMNS: Columns = {
    "ValidatingWebhookConfiguration": _WEBHOOKS,
    "MutatingWebhookConfiguration": _WEBHOOKS,
}
