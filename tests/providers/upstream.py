"""Our objects beside upstream's own, field by field, with every difference by its name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kubectl_ingress.install.detection import providers
from kubectl_ingress.install.manifests import build
from kubectl_ingress.install.settings import INSTALLED_BY, Settings
from kubectl_ingress.install.versions import VERSIONS
from kubectl_ingress.providers import Options, Surroundings

ROOT = Path(__file__).parents[2]
UPSTREAM = ROOT.parent / "shared/data/upstream/ingress-nginx"
NOT_THERE = f"NOT COMPARED with upstream: {UPSTREAM} is not there"
DIGESTS = ROOT / "tests/golden/install/digests.json"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))

Object = dict[str, Any]
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
CIDR = "10.0.0.0/16"
OPTIONS = {"aws-nlb-tls": Options(acm_certificate=ARN, proxy_cidr=CIDR)}
# Ours are named as they are typed, upstream's by their folder. A provider of our own has none.
FOLDERS = {
    "aws": "aws",
    "aws-nlb-tls": "aws/nlb-with-tls-termination",
    "baremetal": "baremetal",
    "cloud": "cloud",
    "do": "do",
    "exoscale": "exoscale",
    "kind": "kind",
    "oracle": "oracle",
    "scw": "scw",
}
PROVIDERS = tuple(providers())
SETS = tuple((provider, version) for provider in FOLDERS for version in VERSIONS)


@dataclass(frozen=True)
class Difference:
    """A field of one object; a value is ABSENT where only the other side has the field."""

    provider: str
    kind: str
    path: str
    ours: Any
    theirs: Any


ABSENT = "(absent)"
MARK = "installed-by annotation"
_ANNOTATIONS = "metadata.annotations."
_CERTIFICATE = f"{_ANNOTATIONS}service.beta.kubernetes.io/aws-load-balancer-ssl-cert"
_PORT = "spec.template.spec.containers[0].ports[1].containerPort"
_PLACEHOLDER = "arn:aws:acm:us-west-2:XXXXXXXX:certificate/XXXXXX-XXXXXXX-XXXXXXX-XXXXXXXX"


def name_of(found: Difference) -> str:
    """What an intended difference is called; "" for one that nobody meant."""
    if found.path == f"{_ANNOTATIONS}{INSTALLED_BY}" and found.theirs is ABSENT:
        return MARK
    if found.provider != "aws-nlb-tls":
        return ""
    match found.kind, found.path, found.ours, found.theirs:
        case "Service", path, ours, theirs if path == _CERTIFICATE:
            return "a certificate, no placeholder" if (ours, theirs) == (ARN, _PLACEHOLDER) else ""
        case "ConfigMap", "data.proxy-real-ip-cidr", ours, "XXX.XXX.XXX/XX":
            return "a range, no placeholder" if ours == CIDR else ""
        case "Deployment", path, 443, 80 if path == _PORT:
            return "container port 80 declared once, not twice"
    return ""


def ours(provider: str, version: str) -> list[Object]:
    """What is installed in a cluster where nothing else is."""
    options = OPTIONS.get(provider, Options())
    variant = providers()[provider].decide(Surroundings(), options)
    made = build(Settings(variant, version=VERSIONS[version]))
    # As the API server gets them: no tuple, no mapping of ours.
    plain: list[Object] = json.loads(json.dumps(made))
    return plain


def theirs(provider: str, version: str) -> list[Object]:
    """The manifest as published."""
    text = (UPSTREAM / f"v{version}" / FOLDERS[provider] / "deploy.yaml").read_text()
    return list(yaml.load_all(text, yaml.CSafeLoader))


@cache
def differences(provider: str, version: str) -> tuple[Difference, ...]:
    """All fields in which one set differs; objects are matched by their place in the order."""
    found = []
    for mine, upstream in zip(ours(provider, version), theirs(provider, version), strict=True):
        assert key_of(mine) == key_of(upstream)
        left, right = dict(leaves(mine)), dict(leaves(upstream))
        for path in sorted(left.keys() | right.keys()):
            pair = left.get(path, ABSENT), right.get(path, ABSENT)
            if pair[0] != pair[1]:
                found.append(Difference(provider, mine["kind"], path, *pair))
    return tuple(found)


def key_of(one: Object) -> tuple[str, str, str]:
    """What an object is called."""
    return one["apiVersion"], one["kind"], one["metadata"]["name"]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no map and no list, with the way to it."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def table() -> str:
    """All sets, one line a provider, with its named differences."""
    lines = [f"Equal to upstream but for what is named ({MARK}: on all 19 objects of each):"]
    for provider in FOLDERS:
        names = dict.fromkeys(
            name_of(each) or f"UNNAMED {each.kind} {each.path}"
            for version in VERSIONS
            for each in differences(provider, version)
        )
        others = [name for name in names if name != MARK]
        remark = "; ".join([MARK, *others] if MARK in names else others)
        lines.append(f"  {provider:<12} {'  '.join(VERSIONS)}  {remark}")
    return "\n".join([*lines, f"{len(SETS)} sets of 19 objects compared"])


def digest(provider: str, version: str) -> str:
    """Of a whole set but for the version of this program, which is in every object."""
    made = ours(provider, version)
    for each in made:
        each["metadata"]["annotations"].pop(INSTALLED_BY)
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def digests() -> dict[str, dict[str, str]]:
    """Of all sets: provider -> version -> digest."""
    return {
        provider: {version: digest(provider, version) for version in VERSIONS}
        for provider in PROVIDERS
    }
