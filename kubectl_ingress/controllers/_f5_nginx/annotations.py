"""All annotations that the controller reads, as data.

Names, checks and parts: internal/k8s/validation.go (annotationValidations) and
internal/configs/annotations.go (the deny and inheritance lists); measured where
a bad value matters. Others are ignored, those of ingress-nginx among them.
"""

from __future__ import annotations

from kubectl_ingress.controllers._f5_nginx import values as check
from kubectl_ingress.controllers._f5_nginx.annotation import Annotation, Part
from kubectl_ingress.controllers._tables import Effect, Kind

ORG, COM = "nginx.org/", "nginx.com/"
_MASTER, _MINION, _INHERITED = Part.MASTER, Part.MINION, Part.INHERITED


def _flag(
    name: str,
    effect: Effect,
    doc: str,
    part: Part = Part.BOTH,
    setting: str = "",
    default: str = "",
) -> Annotation:
    return Annotation(
        ORG + name,
        Kind.FLAG,
        effect,
        doc,
        check.is_flag,
        part=part,
        setting=setting,
        default=default,
    )


def _row(
    name: str,
    kind: Kind,
    effect: Effect,
    doc: str,
    test: check.Check | None = None,
    required: bool = True,
    part: Part = Part.BOTH,
) -> Annotation:
    return Annotation(ORG + name, kind, effect, doc, test, required, part=part)


def _upstream(
    name: str, kind: Kind, doc: str, test: check.Check, required: bool = True
) -> Annotation:
    """A setting towards pods, which minions take over from their master."""
    return Annotation(
        ORG + name, kind, Effect.UPSTREAM, doc, test, required, part=_INHERITED, setting=name
    )


def _plus(
    name: str,
    kind: Kind,
    doc: str,
    test: check.Check | None = None,
    effect: Effect = Effect.BALANCE,
    needs: str = "",
) -> Annotation:
    """Rejected without NGINX Plus."""
    return Annotation(name, kind, effect, doc, test, plus=True, needs=needs)


def _limit(name: str, kind: Kind, doc: str) -> Annotation:
    """A part of the rate limit: a bad value is ignored, and rejects nothing."""
    return Annotation(
        f"{ORG}limit-req-{name}", kind, Effect.STATUS, doc, required=False, part=_INHERITED
    )


_ROUTING = (
    _row(
        "mergeable-ingress-type",
        Kind.CHOICE,
        Effect.ROUTE,
        "master or minion: puts a host together from several Ingresses.",
        check.is_mergeable,
    ),
    _row(
        "path-regex",
        Kind.CHOICE,
        Effect.ROUTE,
        "Takes every path as a pattern, or as exact.",
        check.is_path_regex,
        required=False,
    ),
    _row(
        "rewrites",
        Kind.TEXT,
        Effect.PATH,
        "Replaces the beginning of the path, by Service.",
        check.are_rewrites,
        part=_MINION,
    ),
    _row(
        "rewrite-target",
        Kind.PATH,
        Effect.PATH,
        "Replaces the path where the declared one is found in it, as a pattern.",
        check.is_target,
    ),
    _row(
        "app-root",
        Kind.PATH,
        Effect.REDIRECT,
        "Where a request for / is sent.",
        check.is_app_root,
        required=False,
        part=_MASTER,
    ),
    _flag(
        "ssl-redirect",
        Effect.REDIRECT,
        "Sends http to https on hosts with TLS.",
        _MASTER,
        "ssl-redirect",
        "true",
    ),
    Annotation(
        "ingress.kubernetes.io/ssl-redirect",
        Kind.FLAG,
        Effect.REDIRECT,
        "The former name of nginx.org/ssl-redirect.",
        check.is_flag,
        part=_MASTER,
    ),
    _flag(
        "redirect-to-https",
        Effect.REDIRECT,
        "Sends to https what a proxy in front took by http (X-Forwarded-Proto).",
        _MASTER,
        "redirect-to-https",
        "false",
    ),
    Annotation(
        ORG + "http-redirect-code",
        Kind.NUMBER,
        Effect.REDIRECT,
        "The status of the two redirects to https.",
        check.is_redirect_code,
        part=_MASTER,
        setting="http-redirect-code",
        default="301",
    ),
    _row(
        "listen-ports",
        Kind.PORTS,
        Effect.ROUTE,
        "The ports for http, in place of 80.",
        check.are_ports,
        part=_MASTER,
    ),
    _row(
        "listen-ports-ssl",
        Kind.PORTS,
        Effect.ROUTE,
        "The ports for https, in place of 443.",
        check.are_ports,
        part=_MASTER,
    ),
    _row(
        "basic-auth-secret",
        Kind.REFERENCE,
        Effect.STATUS,
        "Users and passwords; nobody is let in where the Secret is missing.",
        check.is_subdomain,
    ),
    Annotation(
        ORG + "basic-auth-realm",
        Kind.TEXT,
        Effect.HEADERS,
        "The realm that is asked for a password.",
        check.is_quotable,
        required=False,
        needs=ORG + "basic-auth-secret",
    ),
    _row(
        "policies",
        Kind.REFERENCE,
        Effect.STATUS,
        "Policies, separated by commas; a missing one answers 500.",
    ),
    _plus(COM + "policies", Kind.REFERENCE, "Policies of NGINX Plus.", effect=Effect.STATUS),
    Annotation(
        ORG + "client-max-body-size",
        Kind.SIZE,
        Effect.STATUS,
        "The largest body that is let through; larger ones get 413.",
        check.is_offset,
        part=_INHERITED,
        setting="client-max-body-size",
        default="1m",
    ),
    _row(
        "grpc-services",
        Kind.SERVICES,
        Effect.ROUTE,
        "Services that speak gRPC; a host with nothing else has no http.",
        check.are_services,
        part=_MINION,
    ),
    _row(
        "use-cluster-ip",
        Kind.FLAG,
        Effect.BALANCE,
        "Sends to the ClusterIP in place of pods.",
        check.is_flag,
        required=False,
        part=_MINION,
    ),
    Annotation(
        ORG + "lb-method",
        Kind.CHOICE,
        Effect.BALANCE,
        "The method of balancing.",
        check.is_method,
        part=_INHERITED,
        setting="lb-method",
    ),
    *(
        Annotation(
            f"{ORG}{what}-snippets",
            Kind.DIRECTIVES,
            Effect.STATUS,
            f"Lines for nginx's {what}; rejected unless snippets are enabled.",
            required=False,
            part=part,
            setting=f"{what}-snippets",
        )
        for what, part in (("server", _MASTER), ("location", _INHERITED))
    ),
    _limit("rate", Kind.TEXT, "Requests of one client, as 10r/s; more get 429."),
    _limit("key", Kind.TEXT, "What tells clients apart."),
    _limit("zone-size", Kind.SIZE, "Memory for clients."),
    _limit("delay", Kind.NUMBER, "How many requests more are not delayed."),
    _limit("no-delay", Kind.FLAG, "Delays none of them."),
    _limit("burst", Kind.NUMBER, "How many requests more are let through."),
    _limit("dry-run", Kind.FLAG, "Counts, and refuses nothing."),
    _limit("log-level", Kind.CHOICE, "The level at which refusals are logged."),
    _limit("reject-code", Kind.NUMBER, "The status in place of 429."),
    _limit("scale", Kind.FLAG, "Divides the rate by the number of controllers."),
)

_UPSTREAM = (
    _upstream("proxy-connect-timeout", Kind.TIME, "For connecting to a pod.", check.is_time),
    _upstream("proxy-read-timeout", Kind.TIME, "For a pod to answer.", check.is_time),
    _upstream("proxy-send-timeout", Kind.TIME, "For sending to a pod.", check.is_time),
    _upstream("proxy-buffering", Kind.FLAG, "Buffers answers.", check.is_flag),
    _upstream("proxy-buffers", Kind.TEXT, "Number and size of buffers.", check.are_buffers),
    _upstream("proxy-buffer-size", Kind.SIZE, "Size of the first buffer.", check.is_size),
    _upstream(
        "proxy-busy-buffers-size", Kind.SIZE, "How much may be on its way.", check.is_size, False
    ),
    _upstream("proxy-max-temp-file-size", Kind.SIZE, "Size of a file for it.", check.is_size),
    _upstream("upstream-zone-size", Kind.SIZE, "Memory for a Service.", check.is_size),
    _upstream("keepalive", Kind.NUMBER, "Idle connections to pods.", check.is_whole),
    _upstream("max-fails", Kind.NUMBER, "Failures until a pod is left out.", check.is_unsigned),
    _upstream("max-conns", Kind.NUMBER, "Connections to a pod.", check.is_unsigned),
    _upstream("fail-timeout", Kind.TIME, "How long it is left out.", check.is_time),
    _row(
        "client-body-buffer-size",
        Kind.SIZE,
        Effect.UPSTREAM,
        "Memory for a body.",
        check.is_size,
    ),
    _row(
        "proxy-next-upstream",
        Kind.TEXT,
        Effect.UPSTREAM,
        "When another pod is tried.",
        check.are_next,
        required=False,
    ),
    _row(
        "proxy-next-upstream-timeout",
        Kind.TIME,
        Effect.UPSTREAM,
        "How long other pods are tried.",
        check.is_time,
        required=False,
    ),
    _row(
        "proxy-next-upstream-tries",
        Kind.NUMBER,
        Effect.UPSTREAM,
        "How many pods are tried.",
        check.is_unsigned,
        required=False,
    ),
    _row(
        "websocket-services",
        Kind.SERVICES,
        Effect.UPSTREAM,
        "Services that get Upgrade and Connection.",
        check.are_services,
        part=_MINION,
    ),
    _row(
        "ssl-services",
        Kind.SERVICES,
        Effect.UPSTREAM,
        "Services whose pods speak TLS.",
        check.are_services,
        part=_MINION,
    ),
    _row(
        "sticky-cookie-services",
        Kind.TEXT,
        Effect.UPSTREAM,
        "Services whose clients stay with their pod.",
        check.is_sticky,
        part=_MINION,
    ),
)

_HEADERS = (
    *(
        _row(name, Kind.HEADERS, Effect.HEADERS, doc, test, required=False, part=part)
        for name, doc, test, part in (
            ("proxy-hide-headers", "Headers that clients do not get.", check.are_headers, _MASTER),
            ("proxy-pass-headers", "Headers that clients get.", check.are_headers, _MASTER),
            ("proxy-set-headers", "Headers for pods.", check.are_set_headers, Part.BOTH),
            ("add-header", "Headers for clients.", check.are_set_headers, Part.BOTH),
        )
    ),
    _row(
        "server-tokens",
        Kind.TEXT,
        Effect.HEADERS,
        "Shows the version of nginx.",
        check.is_tokens,
        required=False,
        part=_MASTER,
    ),
    _flag("hsts", Effect.HEADERS, "Adds Strict-Transport-Security.", _MASTER),
    *(
        Annotation(
            f"{ORG}hsts-{name}",
            kind,
            Effect.HEADERS,
            "A part of hsts.",
            test,
            needs=ORG + "hsts",
            part=part,
        )
        for name, kind, test, part in (
            ("max-age", Kind.NUMBER, check.is_whole, _MASTER),
            ("include-subdomains", Kind.FLAG, check.is_flag, _MASTER),
            ("behind-proxy", Kind.FLAG, check.is_flag, Part.BOTH),
        )
    ),
    _row("ssl-ciphers", Kind.TEXT, Effect.TLS, "Ciphers.", required=False, part=_MASTER),
    _flag("ssl-prefer-server-ciphers", Effect.TLS, "Whose order of ciphers counts.", _MASTER),
)

_CHECKS = COM + "health-checks"

_ONLY_PLUS = (
    _plus(_CHECKS, Kind.FLAG, "Checks pods.", check.is_flag),
    _plus(f"{_CHECKS}-mandatory", Kind.FLAG, "Checks pods first.", check.is_flag, needs=_CHECKS),
    _plus(
        f"{_CHECKS}-mandatory-queue",
        Kind.NUMBER,
        "How many requests wait for the first check.",
        check.is_unsigned,
        needs=f"{_CHECKS}-mandatory",
    ),
    _plus(COM + "slow-start", Kind.TIME, "New pods get more and more.", check.is_time),
    _plus(COM + "sticky-cookie-services", Kind.TEXT, "Clients stay.", check.is_sticky),
    _plus(COM + "jwt-key", Kind.REFERENCE, "Who signs tokens.", check.is_subdomain, Effect.ANY),
    _plus(COM + "jwt-realm", Kind.TEXT, "Their realm.", check.is_quotable, Effect.HEADERS),
    _plus(COM + "jwt-token", Kind.TEXT, "Where a token stands.", effect=Effect.ANY),
    _plus(COM + "jwt-login-url", Kind.TEXT, "Where to get one.", effect=Effect.ANY),
    *(
        _plus(name, Kind.TEXT, "F5 WAF or DoS protection.", effect=Effect.ANY)
        for name in (
            "appprotect.f5.com/app-protect-enable",
            "appprotect.f5.com/app-protect-policy",
            "appprotect.f5.com/app-protect-security-log",
            "appprotect.f5.com/app-protect-security-log-destination",
            "appprotect.f5.com/app-protect-security-log-enable",
            "appprotectdos.f5.com/app-protect-dos-resource",
            "nsm.nginx.com/internal-route",
        )
    ),
)

ANNOTATIONS: dict[str, Annotation] = {
    one.name: one for one in (*_ROUTING, *_UPSTREAM, *_HEADERS, *_ONLY_PLUS)
}
