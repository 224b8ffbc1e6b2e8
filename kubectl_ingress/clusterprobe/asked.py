"""How requests are to be sent from inside. Apart from the rest, which only then is imported."""

from __future__ import annotations

from msgspec import Struct

# The index of all platforms. No registry was asked for it: many public repositories pin this
# tag by this digest, most of them by Renovate, which reads it from Docker Hub.
IMAGE = (
    "docker.io/curlimages/curl:8.21.0"
    "@sha256:7c12af72ceb38b7432ab85e1a265cff6ae58e06f95539d539b654f2cfa64bb13"
)


class FromCluster(Struct, frozen=True):
    """How requests are sent from inside; `namespace` is "" for the one that is worked in."""

    namespace: str = ""
    image: str = IMAGE
    parallelism: int = 1
