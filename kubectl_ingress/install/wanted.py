"""What was typed, checked: strings to a request that can be carried out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches
from ipaddress import ip_network

from msgspec import Struct

from kubectl_ingress.errors import UsageError
from kubectl_ingress.install.detection import named, providers
from kubectl_ingress.install.settings import NAME, NAMESPACE, Settings
from kubectl_ingress.install.versions import LATEST, REGISTRY, VERSIONS, Version
from kubectl_ingress.providers import Options, Provider
from kubectl_ingress.recipes import Recipe
from kubectl_ingress.recipes._catalogue import find_recipe, recipes

_ARN = re.compile(
    r"arn:aws(-[a-z]+)*:acm:[a-z0-9-]+:\d{12}:certificate/"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.ASCII,
)
# RFC 1123, as the API server checks them.
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*", re.ASCII)
# What a container runtime would pull: github.com/distribution/reference, reference.go.
_IMAGE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"
    r"(:\w[\w.-]{0,127})?(@[a-z0-9][a-z0-9+._-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
_LIKE = {
    "acm_certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/UUID",
    "proxy_cidr": "10.0.0.0/16",
}
_BEFORE_1 = re.compile(r"(?:controller-|nginx-)?v?(0\.\d+(?:\.\d+)?)", re.ASCII)
_BEFORE_1_IN_URL = re.compile(r"/(?:controller-|nginx-)v?(0\.\d+(?:\.\d+)?)(?![\w-])", re.ASCII)


class Wanted(Struct, frozen=True):
    """One request to install.

    `provider` None: the nodes tell. `timeout` is in seconds. `flags` of the
    controller stay, where the provider has none of the same name.
    """

    settings: Settings
    provider: Provider | None
    options: Options
    timeout: float
    flags: tuple[str, ...] = ()


def check_controller(name: str, verb: str = "install") -> Recipe:
    """The recipe of another controller. Raises UsageError where there is none of that name.

    `verb` is what was to be done with it.
    """
    recipe = find_recipe(name)
    if recipe is not None:
        return recipe
    known = (NAME, *recipes())
    like = _like_name(name.lower(), known)
    meant = f"; did you mean {_either(like)}?" if like else ""
    beside = verb == "install" and _place(name) is not None
    raise UsageError(
        f'there is no controller "{name}" to {verb}{meant}',
        f"to install {NAME} there: --provider {name.lower()}"
        if beside
        else "\n".join(textwrap.wrap(f"known: {', '.join(known)}", 90, break_on_hyphens=False)),
    )


def _like_name(typed: str, known: Sequence[str]) -> list[str]:
    """Those that share most words with what was typed, one letter more or less."""

    def shared(name: str) -> int:
        words = name.split("-")
        return sum(bool(get_close_matches(part, words, 1, 0.75)) for part in typed.split("-"))

    most = max(map(shared, known))
    return [name for name in known if most and shared(name) == most]


def _either(names: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _place(name: str) -> Provider | None:
    """The provider of this name, None where there is none."""
    try:
        return named(name)
    except UsageError:
        return None


def check_provider(name: str | None, options: Options) -> Provider | None:
    """The provider of that name. Raises UsageError with those there are, or what it lacks."""
    if name is None:
        return None
    provider = named(name)
    check_options(provider, options)
    return provider


def check_flags(
    *, internal: bool = False, acm_certificate: str | None = None, proxy_cidr: str | None = None
) -> Options:
    """What is asked of a provider, each value in its form. Raises UsageError."""
    if acm_certificate is not None and not _ARN.fullmatch(acm_certificate):
        raise UsageError(
            f'--acm-certificate "{acm_certificate}" is not the ARN of a certificate in ACM',
            f"like {_LIKE['acm_certificate']}",
        )
    ranges = [] if proxy_cidr is None else [part.strip() for part in proxy_cidr.split(",")]
    for part in ranges:
        _check_range(part)
    return Options(internal, acm_certificate or "", ",".join(ranges))


def _check_range(text: str) -> None:
    like = f"the VPC's range, like {_LIKE['proxy_cidr']}; several with commas"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f'--proxy-cidr "{text}" is no range of addresses', like) from None
    # The loose form takes 10.0.3.1/16 for a range, which nginx would complain of.
    if str(network) != text.lower():
        raise UsageError(f'--proxy-cidr "{text}" is not how a range is written', f"{network}")
    if network.prefixlen == 0:
        raise UsageError(f"--proxy-cidr {text} lets everybody forge the client's address", like)


def check_options(provider: Provider, options: Options) -> None:
    """Raise UsageError where an option is missing at this provider, or means nothing there."""
    asked = {name: bool(getattr(options, name)) for name in options.__struct_fields__}
    title = f"provider {provider.name}"
    missing = [name for name in provider.needs if not asked[name]]
    if missing:
        raise UsageError(
            f"{title} needs {' and '.join(map(_flag, missing))}",
            "like " + " ".join(f"{_flag(name)} {_LIKE[name]}" for name in missing),
        )
    for name, is_asked in asked.items():
        if is_asked and not provider.takes_option(name):
            raise UsageError(f"{title} has no {_flag(name)}", _who_takes(name))


def _who_takes(name: str) -> str:
    takers = []
    for provider in providers().values():
        if name in provider.takes:
            takers.append(provider.name)
        elif provider.detected:
            places = (place for place in provider.places if provider.at(place).takes_option(name))
            takers += [place.name for place in places]
    return f"it is for --provider {', '.join(takers)}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def check_version(text: str | None) -> Version:
    """``1.15.1``, ``v1.15.1`` or the tag ``controller-v1.15.1``. Raises UsageError."""
    if text is None:
        return LATEST
    gone = is_gone(text)
    if gone:
        raise UsageError(gone, f"install the last release, {LATEST.number}: leave --version out")
    number = text.removeprefix("controller-").removeprefix("v")
    if number in VERSIONS:
        return VERSIONS[number]
    known = f"known versions: {', '.join(VERSIONS)}"
    if "/" in text:
        raise UsageError(f"--version takes a number, not {text}", known)
    raise UsageError(f'{NAME} "{text}" cannot be installed', known)


def is_gone(text: str) -> str:
    """Why a version before 1.0 is no use any more, "" for all others.

    `text` may be a number, a tag, or the URL of a manifest in which the tag stands.
    """
    found = _BEFORE_1.fullmatch(text) or _BEFORE_1_IN_URL.search(text)
    if found is None:
        return ""
    return (
        f"{NAME} {found[1]} is gone: it serves Kubernetes below 1.22 only, which removed the "
        "Ingress API that it reads (v1beta1)"
    )


def check_settings(
    *,
    version: Version,
    namespace: str | None,
    class_name: str,
    replicas: int | None,
    image: str | None,
    registry: str | None,
) -> Settings:
    """All names and numbers, checked as the API server would. Raises UsageError."""
    namespace = NAMESPACE if namespace is None else namespace
    if not _LABEL.fullmatch(namespace):
        raise UsageError(f'"{namespace}" is no name for a namespace', "like ingress-nginx")
    if not _SUBDOMAIN.fullmatch(class_name) or len(class_name) > 200:
        raise UsageError(f'"{class_name}" is no name for a class', "like nginx or nginx-internal")
    if replicas is not None and replicas < 1:
        raise UsageError(f"--replicas {replicas} would serve nobody", "one or more")
    if image is not None and not _IMAGE.fullmatch(image):
        raise UsageError(f'--image "{image}" is no image', "like registry.example.com/path:tag")
    if registry is not None and not _REGISTRY.fullmatch(registry.rstrip("/")):
        raise UsageError(
            f'--registry "{registry}" is no registry', "like mirror.example.com, without https://"
        )
    return Settings(
        version=version,
        namespace=namespace,
        class_name=class_name,
        replicas=replicas,
        image=image or "",
        registry=(registry or REGISTRY).rstrip("/"),
    )
