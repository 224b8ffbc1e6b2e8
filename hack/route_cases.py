"""Measured answers of real controllers -> the compact cases in tests/routing/cases.

    python hack/route_cases.py DIRECTORY [CONTROLLER…]

DIRECTORY holds the measurements, one JSON file for one or two controllers. What
is said twice there (a Service and its EndpointSlice, one set of manifests for
three settings) is said once here; tests/routing/measured.py reads it back.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[1] / "tests" / "routing" / "cases"

Json = dict[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Write one file a controller."""
    directory, wanted = Path(arguments[0]), set(arguments[1:])
    grouped: dict[str, list[Json]] = defaultdict(list)
    for path in sorted(directory.glob("*.json")):
        written = json.loads(path.read_text())
        for case in written.get("cases", ()) if isinstance(written, dict) else ():
            grouped[case["controller"]].append(case)
    CASES.mkdir(exist_ok=True)
    for controller, cases in sorted(grouped.items()):
        if wanted and controller not in wanted:
            continue
        name = controller.replace(":", "-")
        lines = [
            json.dumps({"id": f"{name}-{number:03}", **one}, ensure_ascii=False, sort_keys=False)
            for number, one in enumerate(_merged(cases), 1)
        ]
        (CASES / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{name}: {len(lines)} cases")


def _merged(cases: list[Json]) -> Iterator[Json]:
    """Cases that differ in a setting of the controller alone become one."""
    by_manifests: dict[str, list[Json]] = defaultdict(list)
    for case in cases:
        story = case["id"].removesuffix(f"/{case['flavour']}") if "flavour" in case else case["id"]
        by_manifests[json.dumps([story, case["manifests"]])].append(case)
    for same in by_manifests.values():
        yield _case(same)


def _case(same: list[Json]) -> Json:
    first = same[0]
    gates = first.get("featureGates")
    flags = [*first.get("flags", ()), *([f"--feature-gates={gates}"] if gates else [])]
    answers = {one.get("flavour", ""): [_asked(ask) for ask in _requests(one)] for one in same}
    frozen = [one.get("flavour", "") for one in same if one.get("frozen")]
    found: Json = {"controller": first["controller"]}
    if flags:
        found["flags"] = flags
    if frozen:
        found["frozen"] = frozen
    refusals = {k: v["message"] for k, v in first.get("admission", {}).items()}
    if refusals:
        # What the admission webhook says of each Ingress, "" where it has nothing against it.
        found["admission"] = refusals
    found["objects"] = _objects(first["manifests"])
    alike = all(one == answers[first.get("flavour", "")] for one in answers.values())
    if alike and len(answers) > 1:
        return {**found, "flavours": list(answers), "asked": answers[first["flavour"]]}
    if "" in answers:
        return {**found, "asked": answers[""]}
    return {**found, "by_flavour": answers}


def _requests(case: Json) -> list[Json]:
    if "requests" in case:
        return list(case["requests"])
    expect = dict(case["expect"])
    expect.pop("normalized", None)
    if "upstream_path" in expect:
        expect["upstreamPath"] = expect.pop("upstream_path")
    if "backend" in expect:
        backend = expect.pop("backend")
        expect["service"] = None if backend == "<default>" else backend
    return [{"request": case["request"], "observed": expect}]


def _asked(ask: Json) -> Json:
    """``[request, answer]``; a plain GET is ``host/path`` alone."""
    request = {k: v for k, v in ask["request"].items() if v != _USUAL.get(k)}
    observed = dict(ask["observed"])
    for word in _UNUSED:
        observed.pop(word, None)
    if observed.get("backend", "") is None and observed.get("upstreamPath", "") is None:
        del observed["backend"], observed["upstreamPath"]
        observed["sent"] = False
    for one in observed.get("oneOf", ()):
        one.pop("seen", None)
    found = {"request": request, "answer": observed}
    if ask.get("tie"):
        found["answer"] = {"nondeterministic": True, "oneOf": ask["alternatives"]}
    return found


_USUAL = {"scheme": "http", "method": "GET"}
# Of the answer: what no Decision speaks of.
_UNUSED = frozenset(
    {"route", "upstreamHost", "forwardedPrefix", "message", "why", "upstreamHeaders"}
    | {"responseHeaders", "cert", "mirrored"}
)


def _objects(manifests: list[Json]) -> Json:
    slices = {_service_of(one): one for one in manifests if _is_slice(one)}
    counted = [_service_of(one) for one in manifests if _is_slice(one)]
    named = {_key(one) for one in manifests if one["kind"] == "Service"}
    found: Json = {"classes": {}, "services": {}, "ingresses": [], "others": []}
    for one in manifests:
        key, kind = _key(one), one["kind"]
        if one.get("absent"):
            # Where another Service is there, this one is known not to be.
            found["services"][f"{_key(one).partition('/')[0]}/another"] = {"ports": [{"port": 80}]}
            continue
        if _is_slice(one) and counted.count(_service_of(one)) == 1 and _service_of(one) in named:
            continue
        if kind == "IngressClass" and set(one["metadata"]) == {"name"}:
            found["classes"][one["metadata"]["name"]] = one["spec"]["controller"]
        elif kind == "Service" and not one["metadata"].get("labels"):
            piece = slices.get(key) if counted.count(key) == 1 else None
            found["services"][key] = _service(one, piece)
        elif kind == "Ingress" and one["apiVersion"] == "networking.k8s.io/v1":
            found["ingresses"].append(
                {**{k: v for k, v in one.items() if k not in ("apiVersion", "kind")}}
            )
        else:
            found["others"].append(one)
    return {name: value for name, value in found.items() if value}


def _is_slice(one: Json) -> bool:
    return bool(one["kind"] == "EndpointSlice")


def _service_of(piece: Json) -> str:
    return _key(piece, "kubernetes.io/service-name")


def _key(one: Json, label: str = "") -> str:
    meta = one["metadata"]
    name = meta.get("labels", {}).get(label, "") if label else meta["name"]
    return f"{meta.get('namespace', 'default')}/{name}"


def _conditions(one: Json) -> object:
    """What says nothing beyond `ready` is a boolean."""
    conditions = one.get("conditions") or {}
    ready = conditions.get("ready")
    usual = conditions.get("serving", ready) == ready and not conditions.get("terminating")
    return ready if usual else conditions


def _service(service: Json, piece: Json | None) -> Json:
    spec = dict(service["spec"])
    ports = [{k: v for k, v in port.items() if k != "protocol"} for port in spec.pop("ports", ())]
    found: Json = {"ports": ports}
    if spec.get("type") == "ClusterIP":
        del spec["type"]
    if spec:
        found["spec"] = spec
    if annotations := service["metadata"].get("annotations"):
        found["annotations"] = annotations
    if piece is not None:
        found["endpoints"] = [
            [one["addresses"][0], one.get("targetRef", {}).get("name", ""), _conditions(one)]
            for one in piece.get("endpoints") or ()
        ]
        found["endpoint_ports"] = {
            port.get("name") or "": port.get("port") for port in piece.get("ports") or ()
        }
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
