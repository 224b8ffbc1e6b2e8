"""Writes to an API server and what became of them, recorded from the real one.

`data/creates.yaml` and `data/updates.yaml` are the inputs, `data/*.json` the pairs;
``python -m tests.live.lab_writes`` records them anew.
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.decoding import prune
from kubectl_ingress.lab.apiserver.defaults import set_defaults
from kubectl_ingress.lab.apiserver.patches import merge_patch
from kubectl_ingress.lab.apiserver.resources import Resource, resource_of
from kubectl_ingress.lab.apiserver.schema import type_of
from kubectl_ingress.lab.apiserver.status import Refused
from kubectl_ingress.lab.apiserver.strategy import prepare_create, prepare_status, prepare_update
from kubectl_ingress.lab.apiserver.strategy_services import FromStored
from kubectl_ingress.lab.apiserver.strategy_warnings import warnings_of
from kubectl_ingress.lab.apiserver.validation import check_create, check_update

DATA = Path(__file__).parent / "data"
# Chosen by the server at random; 5 characters of its alphabet.
CHOSEN = re.compile(r"(?<=kube-api-access-)[bcdfghjklmnpqrstvwxz2456789]{5}\b")
UID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
SOME_NAME, SOME_UID = "xxxxx", "00000000-0000-0000-0000-000000000000"
KEPT_ADDRESS, KEPT_PORT = "10.96.0.77", 30100
# What the cases find taken: the API server's own address, and the neighbour's port.
TAKEN: list[Json] = [{"spec": {"clusterIPs": ["10.96.0.1"], "ports": [{"nodePort": 30777}]}}]
# Every request to this API is answered with it, whoever asks.
OF_ALL_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
SERVER_OWNED = ("creationTimestamp", "resourceVersion", "managedFields")


def recorded(name: str) -> list[Json]:
    """The cases of one file, each with what the real server answered."""
    cases: list[Json] = json.loads((DATA / f"{name}.json").read_text())
    return cases


def changed(stored: Json, case: Json) -> Json:
    """What a case sends: the stored object with its changes."""
    sent = merge_patch(stored, case.get("change", {}))
    for pointer, value in case.get("set", {}).items():
        *parents, last = pointer.strip("/").split("/")
        place: Any = sent
        for step in parents:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    return sent


def fixed(stored: Json) -> dict[str, str]:
    """What the server chose for a stored Service -> what stands in the recording instead."""
    spec = stored["spec"] if stored["kind"] == "Service" else {}
    chosen: dict[str, str] = {}
    if spec.get("clusterIP", "None") != "None":
        chosen[spec["clusterIP"]] = KEPT_ADDRESS
    ports = [*spec.get("ports", []), {"nodePort": spec.get("healthCheckNodePort")}]
    for number, port in enumerate(ports):
        if port.get("nodePort"):
            chosen[str(port["nodePort"])] = str(KEPT_PORT + number)
    return chosen


def replaced(obj: Json, chosen: dict[str, str]) -> Json:
    """The object with other values."""
    text = json.dumps(obj)
    for value, other in chosen.items():
        text = text.replace(value, other)
    result: Json = json.loads(text)
    return result


def settled(obj: Json, *given: Json) -> Json:
    """The object with fixed values where the server chose them; `given` is what it was sent."""
    text = CHOSEN.sub(SOME_NAME, UID.sub(SOME_UID, json.dumps(obj)))
    found: Json = json.loads(text)
    meta = found.get("metadata", {})
    for key in SERVER_OWNED:
        meta.pop(key, None)
    prefix = meta.get("generateName")
    if prefix and not given[0]["metadata"].get("name"):
        assert re.fullmatch(r"[bcdfghjklmnpqrstvwxz2456789]{5}", meta["name"][len(prefix) :])
        found = json.loads(json.dumps(found).replace(meta["name"], prefix + SOME_NAME))
    if found["kind"] == "Service":
        _settle_service(found.get("spec", {}), json.dumps(given))
    return found


def _settle_service(spec: Json, known: str) -> None:
    address = spec.get("clusterIP", "None")
    if address != "None" and address not in known:
        spec["clusterIP"] = "(address)"
        spec["clusterIPs"] = [
            "(address)" if each == address else each for each in spec["clusterIPs"]
        ]
    places = [(port, "nodePort") for port in spec.get("ports", [])]
    for place, key in [*places, (spec, "healthCheckNodePort")]:
        if key in place and str(place[key]) not in known:
            assert 30000 <= place[key] < 32768
            place[key] = "(port)"


class Cluster:
    """A store with the ServiceAccounts called default and with these IngressClasses."""

    def __init__(self, *classes: Json) -> None:
        self.classes = list(classes)

    def get(self, storage: tuple[str, str], namespace: str, name: str) -> Json | None:
        known = storage == ("", "serviceaccounts") and name == "default"
        return {"metadata": {"name": name, "namespace": namespace}} if known else None

    def list(self, storage: tuple[str, str], namespace: str = "") -> list[Json]:
        return self.classes if storage[1] == "ingressclasses" else []


def read(resource: Resource, given: Json) -> Json:
    """What was sent, decoded and defaulted. Raises Refused."""
    obj = prune(type_of(resource), given)
    set_defaults(resource, obj)
    return obj


def created(given: Json, cluster: Cluster | None = None) -> Json:
    """What the lab makes of a new object. Raises Refused."""
    sent, resource = copy.deepcopy(given), resource_of(given)
    if resource.namespaced:
        sent["metadata"].setdefault("namespace", "default")
    obj = read(resource, sent)
    prepare_create(resource, obj, FromStored(lambda: TAKEN), cluster or Cluster())
    check_create(resource, obj)
    return obj


def updated(old: Json, sent: Json, subresource: str = "") -> Json:
    """What the lab makes of a changed object. Raises Refused."""
    resource = resource_of(old)
    new = read(resource, sent)
    if subresource:
        prepare_status(resource, old, new)
    else:
        prepare_update(resource, old, new, FromStored(lambda: [*TAKEN, old]))
    check_update(resource, old, new)
    return new


def stored(case: Json) -> Json:
    """The object that a case changes, with what the recording leaves out."""
    known = case["stored"]
    meta = {"creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": "7"}
    return known | {"metadata": known["metadata"] | meta}


def in_lab(case: Json) -> Json:
    """The ``output`` or ``refused`` of a case, and its ``warnings``, as the lab has them."""
    old = stored(case) if "stored" in case else None
    try:
        if old is None:
            obj = created(case["object"])
            told, output = warnings_of(resource_of(obj), obj), settled(obj, case["object"])
        else:
            obj = updated(old, changed(old, case), case.get("of", ""))
            told, output = warnings_of(resource_of(obj), obj, old), settled(obj, old, case)
    except Refused as refused:
        # Go leaves out what is blank.
        return {"refused": without_blanks(settled(refused.body()))}
    return {"output": output} | ({"warnings": told} if told else {})


def in_real(case: Json) -> Json:
    """The same as it was recorded."""
    told = [text for text in case.get("warnings", []) if text != OF_ALL_ENDPOINTS]
    if "refused" in case:
        return {"refused": case["refused"]}
    return {"output": case["output"]} | ({"warnings": told} if told else {})


def without_blanks(status: Json) -> Json:
    """A Status without texts that are empty."""
    found = {key: value for key, value in status.items() if value != ""}
    if "details" in found:
        found["details"] = {k: v for k, v in found["details"].items() if v != ""}
    return found
