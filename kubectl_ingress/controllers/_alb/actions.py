"""The annotation ``actions.NAME``: answer, redirect, or forward with weights.

The controller's config_types.go and model_build_actions.go; AWS: RedirectActionConfig.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from kubectl_ingress.controllers._alb.annotations import (
    PREFIX,
    Annotations,
    BadAnnotation,
    Fields,
    fields,
    items,
    json_of,
    string,
)
from kubectl_ingress.core.actions import Redirecting, Reply
from kubectl_ingress.core.objects import Finding, PortRef, ServiceBackend
from kubectl_ingress.core.request import Request, Step
from kubectl_ingress.core.values import UNSET, Value

_KEYWORD = re.compile(r"#\{(protocol|host|port|path|query)\}")
_REDIRECTS = {"HTTP_301": 301, "HTTP_302": 302}


class FixedResponse(Reply, frozen=True):
    """The load balancer answers by itself, because somebody asked it to."""

    because: Value = UNSET

    def steps(self, request: Request, path: str) -> tuple[Step, ...]:
        """Who says so."""
        return self.because.step("reply", f"fixed response {self.status}")


class Redirect(Redirecting, frozen=True):
    """A redirect action; a component that is not set stays as the request has it.

    `only` is the scheme of the listeners it is for, "" for all. The port is
    always written, even the scheme's own.
    """

    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"
    only: str = ""

    def leads_to(self, request: Request, path: str) -> str | None:
        """Every request, on the listeners it is for."""
        if self.only and request.scheme != self.only:
            return None
        values = {
            "protocol": request.scheme.upper(),
            "host": request.host,
            "port": str(request.listener_port),
            "path": request.path.removeprefix("/"),
            "query": request.query or "",
        }
        query = _filled(self.query, values)
        scheme, host, port, target = (
            _filled(text, values) for text in (self.protocol, self.host, self.port, self.path)
        )
        return f"{scheme.lower()}://{host}:{port}{target}" + (f"?{query}" if query else "")

    def __str__(self) -> str:
        return f"redirect ({self.status})"

    def loops(self, port: int, scheme: str, hosts: tuple[str, ...], paths: tuple[str, ...]) -> bool:
        """Whether it leads to where it is: the controller leaves such a rule out of a listener."""
        return (
            self.host in ("#{host}", *hosts)
            and self.path in ("/#{path}", *paths)
            and self.port in ("#{port}", str(port))
            and self.protocol in ("#{protocol}", scheme.upper())
            and self.query == "#{query}"
        )


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _KEYWORD.sub(lambda match: values[match[1]], template)


class Share(Struct, frozen=True):
    """One target group of a forward: a Service, or one outside the cluster by its ARN or name."""

    backend: ServiceBackend | None
    outside: str = ""
    weight: int = 1


Configured = FixedResponse | Redirect | tuple[Share, ...]


def parse_action(annotations: Annotations, name: str, owner: str) -> Configured | None:
    """The annotation ``actions.NAME``, None where absent. Raises BadAnnotation."""
    annotation = f"actions.{name}"
    if (value := json_of(annotations, annotation)) is None:
        return None
    action = fields(value, annotation)
    because = Value("", owner, ("metadata", "annotations", PREFIX + annotation))
    match string(action, "type"):
        case "fixed-response":
            config = fields(action.get("fixedresponseconfig"), "fixedResponseConfig")
            return FixedResponse(_status(config, annotation), because=because)
        case "redirect":
            return _redirect(fields(action.get("redirectconfig"), "redirectConfig"), because)
        case "forward":
            return _shares(action, annotation)
        case kind:
            raise BadAnnotation(f"{annotation} has the unknown type {kind!r}")


def _status(config: Fields, annotation: str) -> int:
    text = string(config, "statusCode") or ""
    if not re.fullmatch(r"[245][0-9][0-9]", text):
        raise BadAnnotation(f"{annotation} has no statusCode of 2xx, 4xx or 5xx: {text!r}")
    return int(text)


def _redirect(config: Fields, because: Value) -> Redirect:
    code = string(config, "statusCode") or ""
    if code not in _REDIRECTS:
        raise BadAnnotation(f"a redirect has the statusCode HTTP_301 or HTTP_302, not {code!r}")
    names = ("protocol", "host", "port", "path", "query")
    given = {name: text for name in names if (text := string(config, name)) is not None}
    return Redirect(_REDIRECTS[code], because, **given)


def _shares(action: Fields, annotation: str) -> tuple[Share, ...]:
    arn, config = string(action, "targetGroupARN"), action.get("forwardconfig")
    if (arn is None) == (config is None):
        raise BadAnnotation(f"{annotation} needs either targetGroupARN or forwardConfig")
    if arn is not None:
        return (Share(None, arn),)
    groups = items(fields(config, "forwardConfig").get("targetgroups"), "targetGroups")
    shares = tuple(_share(fields(group, "a target group"), len(groups)) for group in groups)
    if not shares:
        raise BadAnnotation(f"{annotation} has no target groups")
    return shares


def _share(group: Fields, beside: int) -> Share:
    outside = string(group, "targetGroupARN") or string(group, "targetGroupName") or ""
    service = string(group, "serviceName")
    if bool(outside) == (service is not None):
        raise BadAnnotation("a target group is named by targetGroupARN or serviceName, one of them")
    weight = group.get("weight")
    if weight is None and beside > 1:
        raise BadAnnotation("several target groups need a weight each")
    if weight is not None and (not isinstance(weight, int) or not 0 <= weight <= 999):
        raise BadAnnotation(f"a weight is a number of 0 to 999, not {weight!r}")
    weight = 1 if weight is None or beside == 1 else weight
    if service is None:
        return Share(None, outside, weight)
    return Share(ServiceBackend(service, _port(group.get("serviceport"))), weight=weight)


def _port(value: object) -> PortRef:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise BadAnnotation("a target group of a Service needs a servicePort")
    text = str(value)
    return PortRef(int(text)) if text.isascii() and text.isdigit() else PortRef(name=text)


def not_modelled(owner: str, message: str) -> Finding:
    """A KI401 about something of an Ingress that is not known here."""
    return Finding("KI401", "warning", message, owner)
