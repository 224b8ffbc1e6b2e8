"""What a webhook answered: the response to a review, or why it is none.

Kubernetes' own: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/request, client-go's
rest/request.go and apimachinery's api/errors.NewGenericServerResponse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver.decoding_words import json_kind
from kubectl_ingress.lab.apiserver.go_text import quoted
from kubectl_ingress.lab.fetch import Answer

JSON = "application/json"
_REVIEW = ("admission.k8s.io/v1", "AdmissionReview")
_WORDS = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, "
    "but may still be processing the request",
}


class CallFailed(Exception):
    """The webhook could not be asked, or did not answer as one does."""


def response_of(answer: Answer, uid: str) -> Json:
    """The ``response`` to the review with this uid. Raises CallFailed."""
    if not 200 <= answer.status <= 206:
        raise call_failed(_status_words(answer))
    review = _decoded(answer)
    version, kind = review.get("apiVersion") or "", review.get("kind") or ""
    if wrong := _other_kind(version or _REVIEW[0], kind or _REVIEW[1]):
        raise call_failed(wrong)
    response = review.get("response")
    if not isinstance(response, dict):
        raise _invalid("webhook response was absent")
    if mistyped := _mistyped(response):
        raise call_failed(mistyped)
    given = response.get("uid") or ""
    if given != uid:
        raise _invalid(f"expected response.uid={quoted(uid)}, got {quoted(given)}")
    if (version, kind) != _REVIEW:
        group, _, short = version.rpartition("/")
        wanted = "admission.k8s.io/v1, Kind=AdmissionReview"
        raise _invalid(f"expected webhook response of {wanted}, got {group}/{short}, Kind={kind}")
    for key in ("patch", "patchType"):
        if response.get(key):
            raise _invalid(f"validating webhook may not return response.{key}")
    return response


def call_failed(why: str) -> CallFailed:
    """It was asked, or was to be."""
    return CallFailed(f"failed to call webhook: {why}")


def _status_words(answer: Answer) -> str:
    content_type = answer.headers.get("content-type", "")
    if _is_json(content_type) and (told := _status_message(answer.body)):
        return told
    is_text = not content_type or content_type.startswith("text/")
    said = answer.body.decode("utf-8", "replace").strip() if is_text else "unknown"
    if answer.status in (403, 415):
        return said
    if answer.status in _WORDS:
        return _WORDS[answer.status]
    if answer.status >= 500:
        return f"an error on the server ({quoted(said)}) has prevented the request from succeeding"
    code = answer.status
    return f"the server responded with the status code {code} but did not return more information"


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip() in ("", JSON)


def _status_message(body: bytes) -> str:
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    is_status = isinstance(status, dict) and status.get("kind") == "Status"
    return str(status.get("message") or "") if is_status else ""


def _decoded(answer: Answer) -> Json:
    if not answer.body:
        content_type = answer.headers.get("content-type") or JSON
        with_type = f"status code: {answer.status} and content type: {content_type}"
        raise call_failed(f"0-length response with {with_type}")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        # What is no JSON is read as YAML there, where most of it is one string.
        if answer.body.lstrip().startswith((b"{", b"[")):
            raise _not_parsed("unexpected end of JSON input") from None
        found = answer.body.decode("utf-8", "replace")
    if not isinstance(found, dict):
        fields = 'APIVersion string "json:\\"apiVersion,omitempty\\""; '
        fields += 'Kind string "json:\\"kind,omitempty\\""'
        target = f"Go value of type struct {{ {fields} }}"
        raise _not_parsed(f"json: cannot unmarshal {json_kind(found)} into {target}")
    for key in ("apiVersion", "kind"):
        if not isinstance(found.get(key, ""), str | None):
            field = f"Go struct field .{key} of type string"
            raise _not_parsed(f"json: cannot unmarshal {json_kind(found[key])} into {field}")
    return found


def _not_parsed(why: str) -> CallFailed:
    return call_failed(f"couldn't get version/kind; json parse error: {why}")


def _invalid(why: str) -> CallFailed:
    return CallFailed(f"received invalid webhook response: {why}")


def _other_kind(version: str, kind: str) -> str:
    if (version, kind) == _REVIEW:
        return ""
    known = {
        ("admission.k8s.io/v1beta1", "AdmissionReview"): "v1beta1.AdmissionReview",
        ("v1", "Status"): "v1.Status",
    }
    if found := known.get((version, kind)):
        return f"converting ({found}) to (v1.AdmissionReview): unknown conversion"
    scheme = 'in scheme "pkg/runtime/scheme.go:111"'
    return f'no kind "{kind}" is registered for version "{version}" {scheme}'


_FIELDS: Mapping[str, tuple[type, str]] = {
    "allowed": (bool, "bool"),
    "uid": (str, "types.UID"),
    "warnings": (list, "[]string"),
    "status": (dict, "v1.Status"),
}


def _mistyped(response: Json) -> str:
    for key, (wanted, named) in _FIELDS.items():
        value = response.get(key)
        if value is not None and not isinstance(value, wanted):
            where = f"Go struct field AdmissionResponse.response.{key} of type {named}"
            return f"json: cannot unmarshal {json_kind(value)} into {where}"
    return ""
