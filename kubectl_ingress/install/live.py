"""Objects as the API gave them, and the few questions that several parts ask of them."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import Reader
from kubectl_ingress.install.settings import INSTALLED_BY, WEBHOOK_NAME

Live = Mapping[str, object]

_LONGEST_MESSAGE = 300


def reader_of(live: object) -> Reader:
    """Reads any object, an absent one as empty; what has the wrong type reads as absent."""
    return Reader(live, "object", Origin())


def title_of(live: Live) -> str:
    """Kind and name, for people: ``Service ingress-nginx-controller``."""
    reader = reader_of(live)
    return f"{reader.text('kind')} {reader.meta().name}"


def is_ours(live: Live) -> bool:
    """Whether this program made the object."""
    return INSTALLED_BY in reader_of(live).meta().annotations


def is_terminating(live: Live) -> bool:
    """Whether the object is being deleted."""
    return bool(reader_of(live).child("metadata").text("deletionTimestamp"))


def condition(live: Live, kind: str) -> str | None:
    """The message of a condition of its status that is true; None where it is not."""
    for each in reader_of(live).child("status").children("conditions"):
        if each.text("type") == kind and each.text("status") == "True":
            return one_line(each.text("message"))
    return None


def one_line(message: str) -> str:
    """The message as one line, without its middle where it is very long: the end says most."""
    line = " ".join(message.split())
    half = _LONGEST_MESSAGE // 2
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:half]} … {line[-half:]}"


def certificate_authority(secret: Live | None) -> str:
    """The CA in the webhook's Secret, as base64; "" unless certificate and key are there too."""
    data = reader_of(secret).child("data")
    return data.text("ca") if data.text("cert") and data.text("key") else ""


def trusted_authority(webhook: Live | None) -> str:
    """The ``caBundle`` of our webhook, as base64, "" where it is not set yet."""
    for hook in reader_of(webhook).children("webhooks"):
        if hook.text("name") == WEBHOOK_NAME:
            return hook.child("clientConfig").text("caBundle")
    return ""
