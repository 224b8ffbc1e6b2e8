"""The admission webhook of each controller: whether its Service has endpoints, whether its caBundle
is the CA of the certificate that its pods show, and whether it answers a dry run. While it does
not, the API server refuses every new or changed Ingress.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator

from kubectl_ingress.certificates import why_not_trusted
from kubectl_ingress.core.checkup import Checked, State
from kubectl_ingress.core.commands import command
from kubectl_ingress.core.inventory import ControllerEntry, Webhook
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.doctor.case import Case

AREA = "Webhook"
NAME = "webhook"
CODES = ("KI705",)

# As ingress-nginx's own certgen writes it, and as cert-manager does.
_CERTIFICATES = ("cert", "tls.crt")
_AUTHORITIES = ("ca", "ca.crt")


def check(case: Case) -> Iterable[Checked]:
    """A line for each webhook that is asked about Ingresses."""
    # Whoever's it is: while it fails, no Ingress can be changed.
    said = {one.object: one for one in case.inventory.findings if one.code == "KI705"}
    for one in case.controllers:
        hook = one.webhook
        if hook is None:
            continue
        about = f"ValidatingWebhookConfiguration {hook.name}"
        general = said.pop(about, None)
        # Where it answers, it is trusted: what else there may be does not matter.
        wrong = next(_distrusted(case, one, hook, about), None) if not hook.answers else None
        found = wrong or general
        if found is not None:
            yield Checked(hook.name, hook.state, found)
        elif one.webhook_is_down:
            state = State.ERROR if hook.fatal else State.WARNING
            yield Checked(hook.name, f"{hook.state}, as no pod is ready", otherwise=state)
        elif hook.answers:
            yield Checked(hook.name, f"answers, {hook.endpoints} ready behind it")
        else:
            yield Checked(hook.name, f"not asked: {hook.said}", otherwise=State.SKIPPED)
    for about, finding in said.items():
        yield Checked(about.partition(" ")[2], "does not answer", finding)


def _distrusted(case: Case, one: ControllerEntry, hook: Webhook, about: str) -> Iterator[Finding]:
    """Why the API server does not accept the certificate that the pods were given."""
    namespace, _, service = hook.service.partition("/")
    effect = "it refuses every new or changed Ingress" if hook.fatal else "its check is left out"
    level = "error" if hook.fatal else "warning"
    for number, bundle in _bundles(case, hook.name):
        for key, secret in case.secrets.items():
            certificate = _value(secret, _CERTIFICATES)
            if not certificate or not key.startswith(f"{namespace}/"):
                continue
            why = why_not_trusted(certificate, bundle, f"{service}.{namespace}.svc", case.now)
            if why:
                message = (
                    f"the API server cannot trust the admission webhook {hook.name} of {one.label}:"
                    f" the certificate of Secret {key} {why}; {effect}"
                )
                fix = _mend(hook.name, number, key, secret, why)
                yield Finding("KI705", level, message, about, fix=fix)


def _bundles(case: Case, name: str) -> Iterator[tuple[int, str]]:
    """The CAs, in PEM, of each webhook of a configuration that has some, with its place."""
    for configuration in case.webhooks:
        if configuration.meta().name == name:
            for number, each in enumerate(configuration.children("webhooks")):
                bundle = _decoded(each.child("clientConfig").text("caBundle"))
                if bundle:
                    yield number, bundle


def _mend(name: str, number: int, key: str, secret: Reader, why: str) -> str:
    namespace, _, secret_name = key.partition("/")
    data = secret.child("data")
    authority = next((text for word in _AUTHORITIES if (text := data.text(word))), "")
    if not authority or "CA" not in why:
        return command("get", "secret", "-n", namespace, secret_name, "-o", "yaml")
    path = f"/webhooks/{number}/clientConfig/caBundle"
    patch = json.dumps([{"op": "replace", "path": path, "value": authority}])
    return command("patch", "validatingwebhookconfiguration", name, "--type=json", "-p", patch)


def _value(secret: Reader, keys: tuple[str, ...]) -> str:
    data = secret.child("data")
    return next((text for key in keys if (text := _decoded(data.text(key)))), "")


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=False).decode("ascii", "replace")
    except ValueError:
        return ""
