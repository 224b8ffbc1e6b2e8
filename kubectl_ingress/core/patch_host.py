"""Changing the hosts of an Ingress, and changing them back.

Works on the plain object, so that nothing in it that we do not know is lost.
The hosts there were before are kept in an annotation (its form is a contract):

    {"v":1,"rules":[{"index":0,"from":"a","to":"b"}],"tls":[{"index":0,"from":"a","to":"b"}]}

`index` counts rules, and for tls the hosts of all tls entries in order.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from kubectl_ingress.core.commands import command
from kubectl_ingress.errors import InputError, UsageError

ANNOTATION = "kubectl-ingress/previous-hosts"

Json = dict[str, object]


class Change(Struct, frozen=True):
    """One host that changes; `where` is rules or tls."""

    where: str
    index: int
    before: str
    after: str


class Plan(Struct, frozen=True):
    """The merge patch, {} for none, which hosts it changes, and what `--undo` cannot restore."""

    patch: Json
    changes: tuple[Change, ...]
    left: tuple[str, ...] = ()


def plan_patch(ingress: Json, host: str, only: str | None = None, *, every: bool = False) -> Plan:
    """Set `host` on the rules that have the host `only`, or on all of them.

    Without either, the rules must agree on one host. Raises UsageError where
    that is ambiguous, where `only` is no host of a rule, and where two rules
    would get the same host and path.
    """
    rules, tls = _rules(ingress), _tls_hosts(ingress)
    name = _name(ingress)
    before = [_host(rule) for rule in rules]
    if not rules:
        raise UsageError(f"Ingress {name} has no rules, so it has no host to change")
    chosen = _chosen(before, name, only, every)
    changes = [
        Change("rules", index, old, host)
        for index, old in enumerate(before)
        if old in chosen and old != host
    ]
    changes += [
        Change("tls", index, old, host)
        for index, old in enumerate(tls)
        if old in chosen and old and old != host
    ]
    if not changes:
        return Plan({}, ())
    patched = _with_hosts(ingress, changes)
    _refuse_twins(patched, name)
    record = _merged(_recorded(ingress) or (), changes)
    # Where all hosts are again what they were, there is no way back to keep.
    annotation = _dumped(record) if record else None
    return Plan(_patch(ingress, patched, annotation), tuple(changes))


def plan_undo(ingress: Json) -> Plan:
    """Restore the recorded hosts, where the present host is still the one that was set.

    One that somebody has restored already is taken off the record. Raises UsageError where
    nothing is recorded, InputError where the record cannot be read.
    """
    name = _name(ingress)
    record = _recorded(ingress)
    if record is None:
        raise UsageError(
            f"Ingress {name} has no earlier host on record",
            command("get", "ingress", name, "-o", "yaml"),
        )
    present = {"rules": [_host(r) for r in _rules(ingress)], "tls": _tls_hosts(ingress)}
    changes, left, kept = [], [], []
    for entry in record:
        hosts = present[entry.where]
        now = hosts[entry.index] if entry.index < len(hosts) else None
        if now == entry.after:
            changes.append(Change(entry.where, entry.index, entry.after, entry.before))
        elif now != entry.before:
            left.append(f"{entry.where}[{entry.index}] is now {now or 'gone'}, not {entry.after}")
            kept.append(entry)
    if kept == record:
        return Plan({}, (), tuple(left))
    patched = _with_hosts(ingress, changes)
    annotation = _dumped(kept) if kept else None
    return Plan(_patch(ingress, patched, annotation), tuple(changes), tuple(left))


def _chosen(before: Sequence[str], name: str, only: str | None, every: bool) -> set[str]:
    if only is not None:
        if only not in before:
            hosts = ", ".join(sorted(set(before))) or "none"
            raise UsageError(f"no rule of Ingress {name} has the host {only!r}; hosts: {hosts}")
        return {only}
    if len(set(before)) > 1 and not every:
        hosts = ", ".join(host or "(no host)" for host in dict.fromkeys(before))
        raise UsageError(
            f"the rules of Ingress {name} have different hosts: {hosts}",
            "choose one with --from HOST, or change them all with --all",
        )
    return set(before)


def _refuse_twins(patched: Json, name: str) -> None:
    seen: set[tuple[str, str, str]] = set()
    for rule in _rules(patched):
        http = rule.get("http")
        paths = http.get("paths") if isinstance(http, dict) else None
        for path in paths if isinstance(paths, list) else ():
            key = (_host(rule), str(path.get("path") or "/"), str(path.get("pathType") or ""))
            if key in seen:
                raise UsageError(
                    f"two rules of Ingress {name} would get host {key[0]} and path {key[1]}",
                    "change only one of them: --from HOST",
                )
            seen.add(key)


def _with_hosts(ingress: Json, changes: Sequence[Change]) -> Json:
    patched = copy.deepcopy(ingress)
    rules = _rules(patched)
    slots = _tls_slots(patched)
    for change in changes:
        if change.where == "rules":
            if change.after:
                rules[change.index]["host"] = change.after
            else:
                rules[change.index].pop("host", None)
        else:
            hosts, position = slots[change.index]
            hosts[position] = change.after
    return patched


def _patch(ingress: Json, patched: Json, annotation: str | None) -> Json:
    """A merge patch of what changed, which fails if anybody else was faster."""
    old, new = _spec(ingress), _spec(patched)
    spec = {field: new[field] for field in ("rules", "tls") if old.get(field) != new.get(field)}
    meta = ingress.get("metadata")
    version = meta.get("resourceVersion") if isinstance(meta, dict) else None
    return {
        "metadata": {"resourceVersion": version, "annotations": {ANNOTATION: annotation}},
        "spec": spec,
    }


def _merged(record: Sequence[Change], changes: Sequence[Change]) -> list[Change]:
    """The record with these changes: what was recorded first stays the way back."""
    merged = {(entry.where, entry.index): entry for entry in record}
    for change in changes:
        key = (change.where, change.index)
        known = merged.get(key)
        if known is not None and known.after == change.before:
            merged[key] = Change(change.where, change.index, known.before, change.after)
        else:
            merged[key] = change
    return [merged[key] for key in sorted(merged) if merged[key].before != merged[key].after]


def _dumped(record: Sequence[Change]) -> str:
    lists = {
        where: [
            {"index": e.index, "from": e.before, "to": e.after} for e in record if e.where == where
        ]
        for where in ("rules", "tls")
    }
    return json.dumps({"v": 1, **lists}, separators=(",", ":"))


def _recorded(ingress: Json) -> list[Change] | None:
    meta = ingress.get("metadata")
    annotations = meta.get("annotations") if isinstance(meta, dict) else None
    text = annotations.get(ANNOTATION) if isinstance(annotations, dict) else None
    if text is None:
        return None
    try:
        record = json.loads(text)
        if record["v"] != 1:
            raise ValueError("version")
        return [_entry(w, e) for w in ("rules", "tls") for e in record.get(w, [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"the annotation {ANNOTATION} of Ingress {_name(ingress)} cannot be read",
            f"remove it: kubectl annotate ingress {_name(ingress)} {ANNOTATION}-",
        ) from error


def _entry(where: str, entry: Mapping[str, object]) -> Change:
    index, before, after = entry["index"], entry["from"], entry["to"]
    if type(index) is not int or index < 0:
        raise ValueError("index")
    if not isinstance(before, str) or not isinstance(after, str):
        raise TypeError("from and to are hosts")
    return Change(where, index, before, after)


def _spec(ingress: Json) -> Json:
    spec = ingress.get("spec")
    return spec if isinstance(spec, dict) else {}


def _rules(ingress: Json) -> list[Json]:
    rules = _spec(ingress).get("rules")
    return [r for r in rules if isinstance(r, dict)] if isinstance(rules, list) else []


def _host(rule: Json) -> str:
    return str(rule.get("host") or "")


def _tls_slots(ingress: Json) -> list[tuple[list[str], int]]:
    entries = _spec(ingress).get("tls")
    slots = []
    for entry in entries if isinstance(entries, list) else ():
        hosts = entry.get("hosts") if isinstance(entry, dict) else None
        if isinstance(hosts, list):
            slots += [(hosts, position) for position in range(len(hosts))]
    return slots


def _tls_hosts(ingress: Json) -> list[str]:
    return [hosts[position] for hosts, position in _tls_slots(ingress)]


def _name(ingress: Json) -> str:
    meta = ingress.get("metadata")
    return str(meta.get("name") or "") if isinstance(meta, dict) else ""
