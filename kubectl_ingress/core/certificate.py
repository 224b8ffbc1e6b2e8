"""For which hosts a certificate is good, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubectl_ingress.core.hosts import normalise_host, wildcard_of

if TYPE_CHECKING:
    # Its module has a dozen classes of what a probe brings back; tables need none of them.
    from kubectl_ingress.core.answer import Certificate


def covers(names: tuple[str, ...], host: str) -> bool:
    """Whether a certificate for these names is one for a host: RFC 6125, one label for a star."""
    host = normalise_host(host)
    wildcard = wildcard_of(host)
    return any(name.lower() in (host, wildcard) for name in names)


def seconds_left(certificate: Certificate, now: datetime) -> float:
    """Until it expires, negative after that."""
    end = datetime.strptime(certificate.not_after, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return (end - now).total_seconds()


def days_left(certificate: Certificate, now: datetime) -> int:
    """Whole days until it expires, negative after that."""
    return int(seconds_left(certificate, now) // 86400)


def validity(certificate: Certificate, now: datetime) -> str:
    """``41 days left``, ``expired 3 days ago``: whole days either way."""
    seconds = seconds_left(certificate, now)
    days = int(abs(seconds) // 86400)
    counted = f"{days} day{'s' * (days != 1)}"
    if seconds >= 0:
        return f"{counted} left"
    return f"expired {counted} ago" if days else "expired today"
