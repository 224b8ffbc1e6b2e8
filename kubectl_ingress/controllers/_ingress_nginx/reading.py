"""The annotations of one Ingress as ingress-nginx reads them.

Upstream: internal/ingress/annotations/annotations.go (Extract), the parsers
below it, and internal/ingress/controller/store/store.go (syncIngress); which
values end how was also measured.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from kubectl_ingress.controllers._go import SPACE, is_flag, is_number, parse_bool, parse_int, words
from kubectl_ingress.controllers._ingress_nginx.annotation import Annotation, Invalid, Risk
from kubectl_ingress.controllers._ingress_nginx.annotations import (
    ALIASES,
    RETIRED,
    ROWS,
    Row,
    nearest,
)
from kubectl_ingress.controllers._ingress_nginx.validators import (
    Place,
)
from kubectl_ingress.core.objects import Finding, Ingress
from kubectl_ingress.core.reasons import edit_command
from kubectl_ingress.core.records import Compared
from kubectl_ingress.core.text import printable

PREFIX = "nginx.ingress.kubernetes.io"

_LONGEST_SHOWN = 60
_EMPTY = "is empty"


class Limits(Struct, frozen=True):
    """What the controller's settings allow an annotation to be.

    `prefix` (--annotations-prefix) is without its slash, `risk` is
    annotations-risk-level, `snippets` allow-snippet-annotations,
    `cross_namespace` allow-cross-namespace-resources, `validated`
    --enable-annotation-validation. `blocked` is annotation-value-word-blocklist
    split at its commas and nothing else: the space around a word belongs to it.
    """

    prefix: str = PREFIX
    risk: Risk = Risk.HIGH
    snippets: bool = False
    blocked: tuple[str, ...] = ()
    cross_namespace: bool = False
    validated: bool = True


DEFAULTS = Limits()


class Values(Compared, Struct, frozen=True):
    """All annotations of one Ingress.

    `accepted` holds values by short name (never by an alias), without those
    that count as absent. `dropped` is why the whole Ingress is left out, and
    `refusal` how log and webhook of the controller say so; `denied` is why all
    its locations answer 503; `ignored` are values and names that count as
    absent. `quiet`: none of them changes what a location does with a request,
    beyond what every location is asked for.
    """

    uncompared = ("quiet",)

    accepted: Mapping[str, str] = field(default_factory=dict)
    dropped: Finding | None = None
    denied: Finding | None = None
    ignored: tuple[Finding, ...] = ()
    refusal: str = ""
    quiet: bool = False

    def has(self, name: str) -> bool:
        """Whether it is there, with a value that counts."""
        return name in self.accepted

    def text(self, name: str) -> str:
        """The value without space around its lines, "" where absent."""
        return self.accepted.get(name, "")

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean as Go's strconv.ParseBool reads it."""
        value = self.accepted.get(name)
        return default if (flag := parse_bool(value or "")) is None else flag

    def number(self, name: str) -> int | None:
        """A whole number as Go's strconv.Atoi reads it, None where absent."""
        return parse_int(self.text(name))

    def words(self, name: str) -> tuple[str, ...]:
        """A list separated by commas, without empty words and space around them."""
        return words(self.text(name))


NOTHING = Values(quiet=True)
QUIET = frozenset(
    {
        *(name for name, row in ROWS.items() if row.group in ("Proxy", "SessionAffinity", "Logs")),
        *("ssl-redirect", "force-ssl-redirect", "preserve-trailing-slash"),
        *("use-port-in-redirects", "allowlist-source-range", "denylist-source-range"),
        *("service-upstream", "backend-protocol", "load-balance", "upstream-hash-by"),
        "client-body-buffer-size",
    }
)
"""The annotations that most Ingresses have, if any: those of `Values.quiet`."""


def read_annotations(ingress: Ingress, limits: Limits = DEFAULTS) -> Values:
    """All annotations of an Ingress; never raises, whatever they hold."""
    return Readings(limits).of(ingress)


class Readings:
    """Reads the annotations of many Ingresses; those with the same ones share their Values."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[tuple[object, ...], Values] = {}

    def of(self, ingress: Ingress) -> Values:
        """All annotations of one; never raises, whatever they hold."""
        prefix = f"{self._limits.prefix}/"
        size = len(prefix)
        present = {
            name[size:]: value
            for name, value in ingress.meta.annotations.items()
            if name.startswith(prefix)
        }
        if not present:
            return NOTHING
        key = (ingress.meta.namespace, *present.items())
        found = self._known.get(key)
        if found is None:
            found = _Reading(ingress, self._limits).read(present)
            # A Finding names the Ingress.
            if not (found.dropped or found.denied or found.ignored):
                self._known[key] = found
        return found


class _Reading(Struct):
    """One Ingress while it is read."""

    ingress: Ingress
    limits: Limits
    accepted: dict[str, str] = field(default_factory=dict)
    denied: Finding | None = None
    ignored: list[Finding] = field(default_factory=list)
    # Groups whose parser has given up and looks at nothing more.
    ended: set[str] = field(default_factory=set)
    refusal: str = ""

    def read(self, present: Mapping[str, str]) -> Values:
        dropped = self._forbidden(present)
        rows = {row.place: row for name in present if (row := ROWS.get(ALIASES.get(name, name)))}
        for place in () if dropped else sorted(rows):
            dropped = dropped or self._read_row(rows[place], present)
        if dropped:
            return Values(dropped=dropped, refusal=self.refusal)
        for row in _NEVER_MISSING:
            if row.annotation.name not in present and self._looked_at(row):
                self._refuse(row, row.annotation.name, "is missing", row.annotation.missing)
        self.ignored += [self._unknown(name) for name in present if name not in _KNOWN]
        quiet = self.accepted.keys() <= QUIET
        return Values(self.accepted, None, self.denied, tuple(self.ignored), quiet=quiet)

    def _forbidden(self, present: Mapping[str, str]) -> Finding | None:
        """Why the settings do not allow the Ingress, before any value is read."""
        for word in self.limits.blocked:
            for name, value in present.items():
                if word in value:
                    why = f"holds {_shown(word)}, a word of annotation-value-word-blocklist"
                    self.refusal = f"{self._full(name)} annotation contains invalid word {word}"
                    return self._finding("KI404", name, why, Invalid.DROPPED)
        allowed = self.limits.risk
        for name in present:
            # An alias has no risk of its own, and is let through (CheckAnnotationRisk).
            row = ROWS.get(name)
            if row and row.annotation.risk > allowed:
                why = f"is of risk {row.annotation.risk}, and annotations-risk-level is {allowed}"
                self.refusal = (
                    f"annotation group {row.group} contains risky annotation based on ingress"
                    " configuration"
                )
                return self._finding("KI404", name, why, Invalid.DROPPED)
        return None

    def _read_row(self, row: Row, present: Mapping[str, str]) -> Finding | None:
        """Takes one value, or says why the whole Ingress is left out for it."""
        annotation = row.annotation
        name = _name_used(annotation, present)
        if not name or not self._looked_at(row):
            return None
        value = present[name]
        text = "\n".join(line.strip(SPACE) for line in value.split("\n"))
        outcome = self._outcome(annotation, value, text)
        if outcome is not None:
            what = f"is {_shown(value)}, not {annotation.expected}" if text else _EMPTY
            return self._refuse(row, name, what, outcome)
        if annotation.risk is Risk.CRITICAL and not self.limits.snippets:
            why = "is not used: allow-snippet-annotations is false"
            self.ignored.append(self._finding("KI404", name, why, Invalid.IGNORED))
            return None
        self.accepted[annotation.name] = text
        return None

    def _looked_at(self, row: Row) -> bool:
        needs, unless = row.annotation.needs, row.annotation.unless
        if row.group in self.ended or unless in self.accepted:
            return False
        return not needs or needs in self.accepted

    def _outcome(self, annotation: Annotation, value: str, text: str) -> Invalid | None:
        """What becomes of a value, None if it is taken."""
        valid = annotation.valid
        if value and self.limits.validated and not valid(value):
            return annotation.invalid
        if not text or (valid in _PARSERS and not valid(value)):
            return annotation.empty
        place = Place(self.ingress.meta.namespace, self.limits.cross_namespace)
        if annotation.check and not annotation.check(text, place):
            return annotation.unchecked
        return None

    def _refuse(self, row: Row, name: str, what: str, outcome: Invalid) -> Finding | None:
        """Does what the controller does; the Finding is why it leaves the Ingress out."""
        finding = self._finding("KI402", name, what, outcome)
        if outcome is Invalid.DROPPED:
            self.refusal = f"annotation {self._full(name)} contains invalid value"
            return finding
        if outcome is Invalid.DENIED:
            self.denied = self.denied or finding
        else:
            # Templates leave many values empty, and that is no mistake.
            if what != _EMPTY or outcome is Invalid.GROUP:
                self.ignored.append(finding)
            if row.annotation.instead:
                self.accepted[row.annotation.name] = row.annotation.instead
        if outcome is Invalid.GROUP:
            members = [other for other in self.accepted if ROWS[other].group == row.group]
            for member in members:
                del self.accepted[member]
        if outcome is not Invalid.IGNORED:
            self.ended.add(row.group)
        return None

    def _unknown(self, name: str) -> Finding:
        what = "is no annotation of ingress-nginx"
        if name in RETIRED:
            successor = RETIRED[name]
            what += " any more" + (f" (now {successor})" if successor else "")
        elif similar := nearest(name):
            what += f" ({similar} is)"
        return self._finding("KI403", name, what, Invalid.IGNORED)

    def _finding(self, code: str, name: str, what: str, outcome: Invalid) -> Finding:
        meta = self.ingress.meta
        level = "error" if outcome in (Invalid.DROPPED, Invalid.DENIED) else "warning"
        message = f"{self._full(_shortened(name))} of Ingress {meta.key} {what}: {outcome.value}"
        where, field = f"Ingress {meta.key}", ("metadata", "annotations", self._full(name))
        return Finding(code, level, message, where, meta.origin, edit_command(where), field)

    def _full(self, name: str) -> str:
        return f"{self.limits.prefix}/{name}"


_KNOWN = frozenset({*ROWS, *ALIASES})
_NEVER_MISSING = [row for row in ROWS.values() if row.annotation.missing is not Invalid.IGNORED]
# What the controller reads into another type: what it cannot read is as if it were empty.
_PARSERS = (is_flag, is_number)


def _name_used(annotation: Annotation, present: Mapping[str, str]) -> str:
    """The name under which it is read, "" if it is absent: an alias needs a value."""
    if present.get(annotation.name):
        return annotation.name
    alias = next((alias for alias in annotation.aliases if present.get(alias)), "")
    return alias or (annotation.name if annotation.name in present else "")


def _shown(value: str) -> str:
    return f'"{_shortened(value)}"'


def _shortened(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
