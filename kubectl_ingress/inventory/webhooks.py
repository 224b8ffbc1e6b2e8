"""Admission webhooks that are asked about Ingresses: whose they are, and whether they answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from kubectl_ingress.core.inventory import Webhook
from kubectl_ingress.core.kinds import KINDS
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.errors import (
    ApiConflict,
    ApiFailed,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
    ApiUnreachable,
)
from kubectl_ingress.install.rollout import trial_ingress
from kubectl_ingress.install.settings import Settings
from kubectl_ingress.ports import api
from kubectl_ingress.ports.answers import WebhookFailed

if TYPE_CHECKING:
    from kubectl_ingress.ports.cluster import Cluster

# The API server waits for a webhook 10 s unless it is told otherwise.
PATIENCE_SECONDS = 12.0
_GROUP = "networking.k8s.io"


class Configured(Struct, frozen=True):
    """A ValidatingWebhookConfiguration as it is written.

    `namespace` and `service` are what it leads to, "" for a URL.
    """

    name: str
    namespace: str
    service: str
    fatal: bool
    trusted: bool
    hooks: tuple[str, ...]

    def looked_at(self, endpoints: int | None) -> Webhook:
        """With what is behind it: so many ready endpoints, None where that is not known."""
        key = f"{self.namespace}/{self.service}" if self.service else ""
        return Webhook(self.name, key, self.fatal, self.trusted, endpoints, self.hooks)


def about_ingresses(configurations: Iterable[Reader]) -> tuple[Configured, ...]:
    """Those that name Ingresses. What looks at everything is a policy, and nobody's controller."""
    found = []
    for configuration in configurations:
        hooks = [hook for hook in configuration.children("webhooks") if _names_ingresses(hook)]
        if hooks:
            found.append(_configured(configuration.meta().name, hooks))
    return tuple(found)


def _names_ingresses(hook: Reader) -> bool:
    return any(
        _GROUP in rule.strings("apiGroups") and "ingresses" in rule.strings("resources")
        for rule in hook.children("rules")
    )


def _configured(name: str, hooks: list[Reader]) -> Configured:
    clients = [hook.child("clientConfig") for hook in hooks]
    service = clients[0].child("service")
    return Configured(
        name=name,
        namespace=service.text("namespace"),
        service=service.text("name"),
        fatal=any(hook.text("failurePolicy") != "Ignore" for hook in hooks),
        # A webhook at a URL may rely on the CAs that the API server trusts anyway.
        trusted=all(client.text("caBundle") or client.text("url") for client in clients),
        hooks=tuple(hook.text("name") for hook in hooks),
    )


def ask(
    cluster: Cluster,
    webhook: Webhook,
    namespace: str,
    class_name: str,
    patience: float = PATIENCE_SECONDS,
) -> Webhook:
    """The webhook with its answer to an Ingress that is never made: a dry run.

    Only the API server's own word that it could not call this webhook, or no
    word within `patience` seconds, counts as no answer. Where the question did
    not get so far, it was not asked.
    """
    if not (webhook.trusted and webhook.endpoints != 0) or patience <= 0:
        return webhook
    trial = trial_ingress(Settings(namespace=namespace, class_name=class_name))
    path = KINDS["Ingress"].path(namespace)
    query = {"dryRun": "All", "fieldManager": api.FIELD_MANAGER}
    try:
        cluster.request("POST", path, query=query, body=trial, timeout=patience)
    except WebhookFailed as error:
        if error.webhook not in webhook.hooks:
            return replace(webhook, said=f"the webhook {error.webhook} fails before it")
        said = error.sentence.rpartition("did not answer: ")[2]
        return replace(webhook, answers=False, said=said)
    except ApiUnreachable:
        return replace(webhook, answers=False, said=f"no answer within {patience:.0f} s")
    except (ApiForbidden, ApiNotFound, ApiFailed) as error:
        return replace(webhook, said=error.sentence)
    except ApiRefused as error:
        if getattr(error, "webhook", "") in webhook.hooks:
            return replace(webhook, answers=True)
        return replace(webhook, said=error.sentence)
    except ApiConflict:
        return replace(webhook, answers=True)
    return replace(webhook, answers=True)
