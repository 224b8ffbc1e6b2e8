"""Whether edits did what they were made for, and nothing else: by the linter and the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_ingress.core.alike import Difference, differences
from kubectl_ingress.core.fixes import Wish
from kubectl_ingress.core.hosts import wildcard_of
from kubectl_ingress.core.objects import Finding
from kubectl_ingress.core.report import Found
from kubectl_ingress.fixing.wishes import hosts_of
from kubectl_ingress.linting import Look


class Judge:
    """The look before some edits and the one after; `alike`: no request may differ at all."""

    def __init__(self, before: Look, after: Look, wishes: Sequence[Wish], alike: bool) -> None:
        self.before = before
        self.after = after
        self.wishes = wishes
        self.alike = alike
        self._by_object: dict[str, list[Wish]] = {}
        self._by_host: dict[str, list[Wish]] = {}
        for wish in wishes:
            self._by_object.setdefault(wish.object, []).append(wish)
        for name, each in self._by_object.items():
            for host in hosts_of(name, before.snapshot):
                self._by_host.setdefault(host, []).extend(each)

    def wrong(self) -> dict[Wish, str]:
        """The edits that must not be made, each with the reason; {} only where all is well."""
        found: dict[Wish, str] = {}
        for culprits, why in self._problems():
            for wish in culprits:
                found.setdefault(wish, why)
        return found

    def _problems(self) -> Iterator[tuple[Iterable[Wish], str]]:
        left = {_essence(one) for one in self.after.report.found}
        for wish in self.wishes:
            if _essence(wish.found) in left:
                yield [wish], "it would be found all the same"
        for finding in self._new_errors():
            why = f"then {finding.code} would follow: {finding.message}"
            yield self._by_object.get(finding.object, self.wishes), why
        tables = ([one.table for one in look.compiled] for look in (self.before, self.after))
        for difference in differences(*tables):
            request = difference.request
            why = f"it would change what becomes of {request.method} {request.url}"
            yield self._culprits(difference), why

    def _new_errors(self) -> Iterator[Finding]:
        """Those of an object that has more of their code than before: words alone may differ."""
        before, after = (_errors(look) for look in (self.before, self.after))
        for about, findings in after.items():
            known = before.get(about, [])
            if len(findings) > len(known):
                messages = {one.message for one in known}
                yield from (one for one in findings if one.message not in messages)

    def _culprits(self, difference: Difference) -> Sequence[Wish]:
        """Whose edit it was that changed a request, () where it may."""
        host = difference.request.host
        near = [
            *(one for name in sorted(difference.owners) for one in self._by_object.get(name, ())),
            *(one for name in (host, wildcard_of(host), "") for one in self._by_host.get(name, ())),
        ]
        own = {one.object for one in near if not one.mend.alike}
        is_own = difference.owners <= own or difference.gives_to in own
        may = own and is_own and not difference.is_lost and not self.alike
        return () if may else near or self.wishes


def _errors(look: Look) -> dict[tuple[str, str], list[Finding]]:
    """By code and object."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for one in look.report.found:
        if one.finding.level == "error":
            found.setdefault((one.finding.code, one.finding.object), []).append(one.finding)
    return found


def _essence(found: Found) -> tuple[str, str, str]:
    return found.finding.code, found.finding.object, found.finding.message
