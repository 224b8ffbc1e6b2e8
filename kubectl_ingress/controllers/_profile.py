"""What every controller's PROFILE says: how it is recognised and where it listens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One controller.

    `controller` is IngressClass.spec.controller; `images` are parts of image
    names by which a running one is recognised; `server_header` is the Server
    header of its own answers, None where it sends none.
    """

    name: str
    title: str
    controller: str
    default_class: str
    images: tuple[str, ...]
    not_found_body: str
    fake_certificate: str = ""
