"""What --fix mends, what it leaves, and that no other route ever changes by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_ingress.controllers._ingress_nginx.annotations import RETIRED
from kubectl_ingress.core.spelling import certain_name, slips
from kubectl_ingress.fixing import mending
from kubectl_ingress.lint.manual import FIX, page_of_rule
from kubectl_ingress.lint.rules.unknown_annotation import NAMES
from tests.fixing.mending import fixed, linted
from tests.lint.test_rules import FILES, RULES, found_in, name_of
from tests.manifests import ingress, ingress_class, nginx, path, service
from tests.running import run

NGINX = "nginx.ingress.kubernetes.io/"
CLASS = "kubernetes.io/ingress.class"


def text_of(*objects: dict[str, Any]) -> str:
    return yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True)


def mended(tmp_path: Path, *objects: dict[str, Any], words: tuple[str, ...] = ()) -> list[Any]:
    after, _ = fixed(tmp_path / "web.yaml", text_of(*objects), *words)
    return list(yaml.safe_load_all(after))


def without_class(**how: Any) -> dict[str, Any]:
    one = ingress(**how)
    del one["spec"]["ingressClassName"]
    return one


def said(tmp_path: Path, *objects: dict[str, Any], words: tuple[str, ...] = ()) -> str:
    """What is said where nothing at all may change."""
    text = text_of(*objects)
    after, ran = fixed(tmp_path / "web.yaml", text, *words)
    assert after.decode() == text
    return ran.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({f"{NGINX}ssl-redirect": False}, {f"{NGINX}ssl-redirect": "false"}),
        ({f"{NGINX}proxy-read-timeout": 60}, {f"{NGINX}proxy-read-timeout": "60"}),
        ({f"{NGINX}proxy-bdy-size": "8m"}, {f"{NGINX}proxy-body-size": "8m"}),
        ({f"{NGINX}proxy_body_size": "8m"}, {f"{NGINX}proxy-body-size": "8m"}),
        ({"ingress.kubernetes.io/ssl-redirect": "false"}, {f"{NGINX}ssl-redirect": "false"}),
    ],
)
def test_annotations(before: dict[str, Any], after: dict[str, str], tmp_path: Path) -> None:
    objects = mended(tmp_path, service(), ingress(annotations=before))
    assert objects[1]["metadata"]["annotations"] == after


@pytest.mark.parametrize(
    "annotations",
    [
        # Two names are as near.
        {f"{NGINX}limit-rp": "5"},
        # The right name is there already, with another value.
        {f"{NGINX}proxy-bdy-size": "8m", f"{NGINX}proxy-body-size": "1m"},
        # Two would become one.
        {f"{NGINX}proxy-bdy-size": "8m", f"{NGINX}proxy-body-siz": "1m"},
        # Of a former release: the successor has other values.
        {f"{NGINX}secure-backends": "true"},
        # Another controller's.
        {"nginx.org/rewrites": "serviceName=web rewrite=/"},
        # With this value the right name makes the whole Ingress vanish.
        {f"{NGINX}permanent-redirct": "https://a.example/#top"},
    ],
)
def test_annotations_that_stay(annotations: dict[str, str], tmp_path: Path) -> None:
    objects = mended(tmp_path, service(), ingress(annotations=annotations))
    left = objects[1]["metadata"]["annotations"]
    assert sorted(left.values()) == sorted(annotations.values())
    if f"{NGINX}proxy-body-siz" not in annotations:
        assert left == annotations


@pytest.mark.parametrize(
    ("controller", "prefix"),
    [
        ("ingress-nginx", "nginx.ingress.kubernetes.io"),
        ("traefik-nginx", "nginx.ingress.kubernetes.io"),
        ("haproxy-ingress", "haproxy-ingress.github.io"),
        ("f5-nginx", "nginx.org"),
        ("kong", "konghq.com"),
    ],
)
def test_a_name_that_anybody_has_is_no_slip(controller: str, prefix: str) -> None:
    """limit-rpm of another controller is not meant to be limit-rps."""
    names = {name.partition("/")[2] for known in NAMES.values() for name in known} | {*RETIRED}
    assert {"limit-rpm", "auth-type", "path-type", "denylist-source-range"} < names
    # What ingress-nginx itself has would be refused with this value.
    own = () if controller == "traefik-nginx" else NAMES[prefix]
    written = {f"{prefix}/{name}" for name in names}.difference(own)
    text = text_of(service(), ingress(annotations=dict.fromkeys(sorted(written), "x")))
    ran = run(["lint", "-f", "-", "--controller", controller, "-o", "json"], stdin=text)
    found = [one for one in json.loads(ran.stdout)["findings"] if one["code"] == "KI403"]
    assert [one["message"] for one in found if one["mendable"]] == []
    assert len(found) > len(written) / 2


@pytest.mark.parametrize("written", ["010", "0x1F", "1_000", "1e3"])
def test_a_number_that_is_read_otherwise_than_written_stays(written: str, tmp_path: Path) -> None:
    text = text_of(service(), ingress(annotations={"a": "b"})).replace("a: b", f"a: {written}")
    after, ran = fixed(tmp_path / "web.yaml", text)
    assert after.decode() == text
    assert f"{written} is read as" in ran.stderr


@pytest.mark.parametrize("written", ["yes", "on", "No", "TRUE", "y"])
def test_a_boolean_is_written_as_it_is_read(written: str, tmp_path: Path) -> None:
    text = text_of(service(), ingress(annotations={"a": "b"})).replace("a: b", f"a: {written}")
    wanted = "false" if written == "No" else "true"
    after = fixed(tmp_path / "web.yaml", text)[0].decode()
    assert after == text.replace(f"a: {written}\n", f'a: "{wanted}"\n')


def test_a_missing_class_where_exactly_one_is_there(tmp_path: Path) -> None:
    one = without_class()
    objects = mended(tmp_path, service(), ingress_class(), one)
    assert objects[2]["spec"]["ingressClassName"] == "nginx"
    said(tmp_path, service(), one)
    said(tmp_path, service(), ingress_class(), ingress_class("other"), one)


def test_a_misspelt_class(tmp_path: Path) -> None:
    objects = mended(tmp_path, service(), ingress_class(), ingress(ingressClassName="ngnix"))
    assert objects[2]["spec"]["ingressClassName"] == "nginx"
    said(tmp_path, service(), ingress_class(), ingress(ingressClassName="internal"))
    # Opening what is internal to the world would be no mending.
    for other, name in (("nginx-external", "nginx-internal"), ("nginx-a", "nginx-b")):
        said(tmp_path, service(), ingress_class(other), ingress(ingressClassName=name))


def test_a_class_annotation_becomes_the_field(tmp_path: Path) -> None:
    one = without_class(annotations={CLASS: "nginx"})
    objects = mended(tmp_path, service(), ingress_class(), one, words=("--level", "info"))
    assert objects[2]["spec"]["ingressClassName"] == "nginx"
    assert "annotations" not in objects[2]["metadata"]
    # Without such an IngressClass the field would lead nowhere.
    said(tmp_path, service(), one, words=("--level", "info"))


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("A.Example", "a.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("straße.example", None),
    ],
)
def test_a_host_in_other_letters(host: str, wanted: str | None, tmp_path: Path) -> None:
    """The old way writes ß as ss, and there are two ways."""
    one = ingress("web", host)
    one["spec"]["tls"] = [{"hosts": ["b.example", host]}]
    objects = mended(tmp_path, service(), one)
    assert objects[1]["spec"]["rules"][0]["host"] == (wanted or host)
    assert objects[1]["spec"]["tls"][0]["hosts"] == ["b.example", wanted or host]


def test_a_host_beside_what_is_none(tmp_path: Path) -> None:
    one = ingress("web", "a.example")
    one["spec"]["tls"] = [{"hosts": [5, "A.example"]}]
    objects = mended(tmp_path, service(), one)
    assert objects[1]["spec"]["tls"][0]["hosts"] == [5, "a.example"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("app", "Prefix"), ("/app", "Prefix")),
        (("app/v1/", "Exact"), ("/app/v1/", "Exact")),
        (("^app", "Exact"), ("^app", "Exact")),
        (("/app", "prefix"), ("/app", "Prefix")),
        (("app", "exact"), ("/app", "Exact")),
        (("app", "begins"), ("app", "begins")),
        (("/app", "implementationspecific"), ("/app", "ImplementationSpecific")),
        (("/app", "Begins"), ("/app", "Begins")),
    ],
)
def test_paths(before: tuple[str, str], after: tuple[str, str], tmp_path: Path) -> None:
    asked = ingress("web", "a.example", path(before[0], kind=before[1]))
    found = mended(tmp_path, service(), asked)[1]["spec"]["rules"][0]["http"]["paths"][0]
    assert (found["path"], found["pathType"]) == after


def test_as_many_are_mended_as_were_said_to_be(tmp_path: Path) -> None:
    asked = ingress("web", "a.example", path("app", kind="prefix"))
    file = tmp_path / "web.yaml"
    file.write_text(yaml.safe_dump_all([service(), asked]))
    assert "; --fix mends 2 " in run(["lint", "-f", str(file)]).stdout
    assert "mended 2 findings" in run(["lint", "--fix", "-f", str(file)]).stderr


def test_backends_as_in_the_beta_api(tmp_path: Path) -> None:
    backend = {"serviceName": "web", "servicePort": 80}
    paths = [{"path": f"/{name}", "pathType": "Prefix", "backend": {**backend}} for name in "ab"]
    asked = ingress("web")
    asked["spec"]["rules"] = [{"host": "a.example", "http": {"paths": paths}}]
    found = mended(tmp_path, service(), asked)[1]["spec"]["rules"][0]["http"]["paths"]
    wanted = {"service": {"name": "web", "port": {"number": 80}}}
    assert [one["backend"] for one in found] == [wanted, wanted]


def test_a_path_type_where_the_meaning_is_the_same(tmp_path: Path) -> None:
    pattern = path("/app(/|$)(.*)", kind="Prefix")
    rewritten = ingress("web", "a.example", pattern, annotations=nginx(rewrite_target="/$2"))
    objects = mended(tmp_path, service(), rewritten)
    found = objects[1]["spec"]["rules"][0]["http"]["paths"][0]
    assert found["pathType"] == "ImplementationSpecific"


# On one host: an exact path, and an Ingress whose misspelt annotation would turn all into patterns.
CAUSE = nginx(rewrite_taget="/$1")


def test_what_would_change_the_route_of_another_stays(tmp_path: Path) -> None:
    other = ingress("other", "a.example", path("/API", kind="Exact"))
    cause = ingress("web", "a.example", path("/app/(.*)", kind="ImplementationSpecific"))
    cause["metadata"]["annotations"] = CAUSE
    why = said(tmp_path, service(), other, cause)
    assert "it would change what becomes of GET http://a.example/" in why
    # Alone on its host, that is the point of it.
    alone = ingress("web", "b.example", path("/app/(.*)", kind="ImplementationSpecific"))
    alone["metadata"]["annotations"] = CAUSE
    objects = mended(tmp_path, service(), other, alone)
    assert list(objects[2]["metadata"]["annotations"]) == [f"{NGINX}rewrite-target"]


def test_ingresses_of_one_host_are_judged_one_by_one(tmp_path: Path) -> None:
    """The harmless edit is made, though the other one on its host is not."""
    other = ingress(
        "other", "a.example", path("/API", kind="Exact"), annotations=nginx(proxy_bdy_size="8m")
    )
    cause = ingress("web", "a.example", path("/app/(.*)", kind="ImplementationSpecific"))
    cause["metadata"]["annotations"] = CAUSE
    objects = mended(tmp_path, service(), other, cause)
    assert list(objects[1]["metadata"]["annotations"]) == [f"{NGINX}proxy-body-size"]
    assert list(objects[2]["metadata"]["annotations"]) == [f"{NGINX}rewrite-taget"]


def test_what_would_lead_to_another_error_stays(tmp_path: Path) -> None:
    redirect = nginx(permanent_redirct="https://a.example/#top")
    why = said(tmp_path, service(), ingress(annotations=redirect))
    assert "then KI402 would follow" in why


def test_a_suppressed_finding_is_not_mended(tmp_path: Path) -> None:
    quiet = {**nginx(proxy_bdy_size="8m"), "kubectl-ingress/ignore": "KI403 ours"}
    said(tmp_path, service(), ingress(annotations=quiet))


def test_only_what_is_told_is_mended(tmp_path: Path) -> None:
    one = ingress(annotations=nginx(proxy_bdy_size="8m"))
    said(tmp_path, service(), one, words=("--level", "error"))


def test_a_cluster_is_never_touched() -> None:
    ran = run(["lint", "--fix"])
    assert ran.status == 2
    assert "never the objects of a cluster" in ran.stderr


def test_stdin_is_a_filter() -> None:
    text = text_of(service(), ingress(annotations={f"{NGINX}proxy-bdy-size": "8m"}))
    ran = run(["lint", "--fix", "-f", "-"], stdin=text)
    assert (ran.status, ran.stdout) == (0, text.replace("bdy", "body"))
    assert "√ stdin:" in ran.stderr
    # What there is nothing to mend in goes through.
    again = run(["lint", "--fix", "-f", "-"], stdin=ran.stdout)
    assert again.stdout == ran.stdout
    shown = run(["lint", "--fix", "--diff", "-f", "-"], stdin=text)
    assert shown.status == 1
    assert f"+    {NGINX}proxy-body-size: 8m" in shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--fix", "-f", "-", "-f", "other.yaml"],
        ["--fix", "-f", "-", "-o", "json"],
        ["--fix", "--diff", "-f", "x.yaml", "-o", "json"],
        ["--diff", "-f", "x.yaml"],
    ],
)
def test_what_does_not_go_together(words: list[str]) -> None:
    ran = run(["lint", *words], stdin="{}")
    assert (ran.status, ran.stdout) == (2, "")


def test_a_diff_is_taken_by_patch(tmp_path: Path) -> None:
    from shutil import which
    from subprocess import run as start

    if which("patch") is None:
        pytest.skip("patch is not installed")
    file = tmp_path / "web.yaml"
    text = text_of(service(), ingress(annotations={f"{NGINX}proxy-bdy-size": "8m"})).rstrip("\n")
    file.write_text(text)
    shown = linted(file, "--fix", "--diff")
    start(["patch", "-p0", str(file)], input=shown.stdout, text=True, check=True)
    assert file.read_text() == text.replace("bdy", "body")


def test_files_are_mended_and_the_rest_is_reported_in_the_format_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(text_of(service(), ingress(annotations=nginx(proxy_bdy_size="8m", x_y="1"))))
    ran = linted(file, "--fix", "-o", "json")
    assert [one["code"] for one in yaml.safe_load(ran.stdout)["findings"]] == ["KI403"]
    assert "proxy-body-size" in file.read_text()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_page_tells_of_every_edit(rule: Any) -> None:
    """A rule with edits says which of them are safe, and no other does."""
    files = [one for one in FILES if one.parent.name == rule.NAME]
    has_edits = any(finding.mend for file in files for finding in found_in(file))
    assert (FIX in page_of_rule(rule).text.split("\n")) == has_edits


@pytest.mark.parametrize("file", [f for f in FILES if "-live-" not in f.name], ids=name_of)
def test_every_file_of_every_rule(file: Path, tmp_path: Path) -> None:
    """Idempotent, and what is mended is gone: `fixed` holds both."""
    fixed(tmp_path / "web.yaml", file.read_bytes(), "--level", "info")


def test_many_on_one_host() -> None:
    """The harmless half is mended, and what would rewrite the paths of the others is not."""
    annotations = nginx(proxy_bdy_size="8m", rewrite_taget="/x")
    many = [
        ingress(f"web-{n}", "a.example", path(f"/{n}"), annotations=annotations) for n in range(5)
    ]
    ran = run(["lint", "--fix", "-f", "-"], stdin=text_of(service(), *many))
    assert "mended 5 findings in 1 file" in ran.stderr
    assert ran.stderr.count("it would change what becomes of GET http://a.example/") == 5


def test_too_many_on_one_host_are_told_and_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "STEPS", 3)
    many = [
        ingress(f"web-{n}", "a.example", path(f"/{n}"), annotations=nginx(rewrite_taget="/x"))
        for n in range(4)
    ]
    ran = run(["lint", "--fix", "-f", "-"], stdin=text_of(service(), *many))
    assert "nothing to mend" in ran.stderr
    assert ran.stderr.count("not tried") == 2


def test_names() -> None:
    pairs = [("rewrite-taget", "rewrite-target"), ("ab", "ba"), ("a", ""), ("", "")]
    assert [slips(*pair) for pair in pairs] == [1, 1, 1, 0]
    assert certain_name("x", ("y",)) == ""
    assert certain_name("ngnix", ("nginx", "traefik")) == "nginx"
    assert certain_name("nginx-a", ("nginx-b", "nginx-c")) == ""
    # Units and opposites.
    assert certain_name("limit-rph", ("limit-rps",)) == ""
    assert certain_name("limit-rsp", ("limit-rps",)) == "limit-rps"
    assert certain_name("is-exclude-x", ("is-include-x",)) == ""
    assert certain_name("is-incluude-x", ("is-include-x",)) == "is-include-x"
