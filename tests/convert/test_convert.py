"""Beta Ingresses in files: what comes out, byte for byte, and what is said about it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
from kubectl_ingress.ports.files import Source, documents
from tests import golden

GOLDEN = golden.HERE / "convert"


def convert(*words: str, stdin: str | bytes = "") -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    environment = Environment(
        stdin=io.TextIOWrapper(io.BytesIO(raw)), stdout=io.StringIO(), stderr=io.StringIO()
    )
    status = main(["convert", *words], environment)
    return status, environment.stdout.getvalue(), environment.stderr.getvalue()


def converted(text: str) -> str:
    status, out, err = convert("-f", "-", stdin=text)
    assert status == 0, err
    return out


def data_of(text: str) -> list[object]:
    return [document.data for document in documents(Source("x", text))]


@pytest.mark.parametrize(
    "name", ["seed", "comments.yaml", "list.yaml", "anchors.yaml", "pretty.json"]
)
def test_the_whole_output(name, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    status, out, err = convert("-f", name)
    assert status == 0
    stem, _, kind = name.partition(".")
    golden.check(Path("convert") / f"{stem}.out.{kind or 'yaml'}", out)
    golden.check(Path("convert") / f"{stem}.err", err)
    # What came out is v1 altogether: a second time there is nothing to do.
    assert convert("-f", "-", stdin=out)[1] == out


def test_the_seed_is_what_the_tutorial_means():
    deployment, service, ingress = data_of(convert("-f", str(GOLDEN / "seed"))[1])
    assert (deployment["kind"], deployment["spec"]["replicas"]) == ("Deployment", 3)
    assert service["spec"]["ports"] == [
        {"name": "web-port", "port": 80, "targetPort": "flask-port"}
    ]
    assert ingress == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "ingress-example",
            "annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/"},
        },
        "spec": {
            "ingressClassName": "nginx",
            "rules": [
                {
                    "host": "jko.example.com",
                    "http": {
                        "paths": [
                            {
                                "path": "/echo-hostname",
                                "pathType": "ImplementationSpecific",
                                "backend": {
                                    "service": {"name": "hostname-service", "port": {"number": 80}}
                                },
                            }
                        ]
                    },
                }
            ],
        },
    }


def beta(spec: str, meta: str = "{name: x}", version: str = "networking.k8s.io/v1beta1") -> str:
    return f"apiVersion: {version}\nkind: Ingress\nmetadata: {meta}\nspec: {spec}\n"


def test_line_ends_stay_as_they_are():
    text = (GOLDEN / "comments.yaml").read_text().replace("\n", "\r\n")
    expected = (GOLDEN / "comments.out.yaml").read_text().replace("\n", "\r\n")
    assert converted(text) == expected


def test_a_file_without_anything_to_convert_keeps_every_byte():
    text = (
        "%YAML 1.1\n---   \n# a\napiVersion:   networking.k8s.io/v1 \nkind: Ingress\r\n"
        "metadata: {name:    x,   labels: {a: 'b'}}\nspec:\n    defaultBackend: {service:\n"
        "        {name: s, port: {number: 0x50}}}\n...\n# end without a line end"
    )
    status, out, err = convert("-f", "-", stdin=text)
    assert (status, out) == (0, text)
    assert err == "nothing to convert: no Ingress or IngressClass of a beta API\n"


def test_a_last_line_without_its_end():
    out = converted(beta("{backend: {serviceName: s, servicePort: 80}}").rstrip("\n"))
    assert out.endswith("spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}")


@pytest.mark.parametrize("version", ["extensions/v1beta1", "networking.k8s.io/v1beta1"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_both_beta_groups_in_any_quotes(version, quote):
    text = beta("{backend: {serviceName: s, servicePort: 80}}", version=f"{quote}{version}{quote}")
    assert converted(text).startswith(f"apiVersion: {quote}networking.k8s.io/v1{quote}\n")


@pytest.mark.parametrize(
    ("port", "v1"),
    [
        ("80", {"number": 80}),
        ("http", {"name": "http"}),
        ('"http"', {"name": "http"}),
        ('"8080"', {"number": 8080}),
        ("'80'", {"number": 80}),
        ("0o120", {"number": 80}),
        ("web-2", {"name": "web-2"}),
    ],
)
@pytest.mark.parametrize("block", [True, False])
def test_ports(port, v1, block):
    spec = (
        f"\n  backend:\n    serviceName: s\n    servicePort: {port}"
        if block
        else f"{{backend: {{servicePort: {port}, serviceName: s}}}}"
    )
    (got,) = data_of(converted(beta(spec)))
    assert got["spec"] == {"defaultBackend": {"service": {"name": "s", "port": v1}}}


def test_a_number_in_quotes_is_told():
    err = convert("-f", "-", stdin=beta('{backend: {serviceName: s, servicePort: "80"}}'))[2]
    assert '! stdin:4:47: servicePort "80" was text' in err


BROKEN_BACKENDS = [
    ("{serviceName: s, servicePort: 0}", "servicePort 0 is neither"),
    ("{serviceName: s, servicePort: 65536}", "servicePort 65536 is neither"),
    ('{serviceName: s, servicePort: "99999"}', "servicePort 99999 is neither"),
    ("{serviceName: s, servicePort: Not_A_Name}", "servicePort Not_A_Name is neither"),
    ("{serviceName: s, servicePort: yes}", "is neither"),
    ("{serviceName: s, servicePort: [80]}", "servicePort is neither"),
    ("{serviceName: s, servicePort: 1.5}", "is neither"),
    ("{serviceName: s}", "names no servicePort"),
    ("{servicePort: 80}", "names no serviceName"),
    ("{serviceName: 5, servicePort: 80}", "names no serviceName"),
    ("{}", "names no serviceName"),
    ("5", "is not a mapping"),
]


@pytest.mark.parametrize(("backend", "sentence"), BROKEN_BACKENDS)
def test_a_broken_backend_is_refused_with_its_place(backend, sentence):
    text = beta(f"\n  tls: []\n  backend: {backend}")
    status, out, err = convert("-f", "-", stdin=text)
    assert (status, out) == (2, "")
    assert err.startswith("error: stdin:6:")
    assert sentence in err


BROKEN_OBJECTS = [
    ("{}", "neither rules nor a backend"),
    ("", "neither rules nor a backend"),
    ("5", "spec is not a mapping"),
    ("{rules: 5}", "rules is not a list"),
    ("{rules: [5]}", "a rule is not a mapping"),
    ("{rules: [{http: 5}]}", "http is not a mapping"),
    ("{rules: [{http: {paths: {}}}]}", "paths is not a list"),
    ("{rules: [{http: {paths: [5]}}]}", "a path is not a mapping"),
    ("{rules: [{http: {paths: [{path: /}]}}]}", "has no backend"),
    ("{backend: {}, defaultBackend: {}}", "the same field"),
]


@pytest.mark.parametrize(("spec", "sentence"), BROKEN_OBJECTS)
def test_a_broken_ingress_is_refused(spec, sentence):
    status, out, err = convert("-f", "-", stdin=beta(spec))
    assert (status, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_broken_file_is_left_out_as_a_whole(tmp_path):
    good = beta("{backend: {serviceName: s, servicePort: 80}}")
    (tmp_path / "a.yaml").write_text(good)
    (tmp_path / "b.yaml").write_text("a: b: c\n")
    (tmp_path / "c.yaml").write_text(f"{good}---\n{beta('{}')}")
    (tmp_path / "d.yaml").mkdir()
    status, out, err = convert("-f", str(tmp_path), "-f", str(tmp_path / "none.yaml"))
    assert (status, out) == (2, converted(good))
    assert f"× {tmp_path}/b.yaml:1:5: mapping values are not allowed" in err
    assert f"× {tmp_path}/c.yaml:6:1: this Ingress has neither rules nor a backend" in err
    assert f"× {tmp_path}/none.yaml does not exist" in err
    assert err.count("  left out; ") == 3
    # Of nothing good the first reason is the error.
    (tmp_path / "a.yaml").unlink()
    status, out, err = convert("-f", str(tmp_path))
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {tmp_path}/b.yaml:1:5: ")


def test_what_is_no_object_is_left_out_of_a_directory(tmp_path):
    good = beta("{backend: {serviceName: s, servicePort: 80}}")
    (tmp_path / "a.yaml").write_text(good)
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "patch.yaml").write_text("- {op: add, path: /x, value: 1}\n")
    status, out, err = convert("-f", str(tmp_path))
    assert (status, out) == (0, converted(good))
    assert err.count("no Kubernetes object, left out") == 2
    for name in ("kustomization.yaml", "patch.yaml"):
        status, out, err = convert("-f", str(tmp_path / name))
        assert (status, out) == (2, "")
        assert "this is not a Kubernetes object" in err
    (tmp_path / "a.yaml").unlink()
    status, out, err = convert("-f", str(tmp_path))
    assert (status, out) == (2, "")
    assert "no objects in there" in err


def test_a_key_that_stands_twice_is_told():
    text = "apiVersion: v1\nkind: A\nmetadata: {name: x}\nspec:\n  a: 1\n  a: 2\n"
    status, out, err = convert("-f", "-", stdin=text)
    assert (status, out) == (0, text)
    assert err.startswith("! stdin:6:6: a stands twice, and line 5 does not count\n")


def test_a_backend_that_is_no_service_stays():
    spec = "{rules: [{http: {paths: [{path: /, backend: {resource: {kind: B, name: r}}}]}}]}"
    status, out, err = convert("-f", "-", stdin=beta(spec))
    assert status == 0
    assert data_of(out)[0]["spec"]["rules"][0]["http"]["paths"] == [
        {
            "path": "/",
            "pathType": "ImplementationSpecific",
            "backend": {"resource": {"kind": "B", "name": "r"}},
        }
    ]
    assert "a resource backend stays" in err


def test_half_converted_by_hand():
    backend = "{service: {name: s, port: {number: 80}}}"
    spec = f"{{rules: [{{http: {{paths: [{{path: /, pathType: Exact, backend: {backend}}}]}}}}]}}"
    out = converted(beta(spec))
    assert out == beta(spec, version="networking.k8s.io/v1")
    only_the_version = beta(
        "{rules: [{http: {paths: [{path: /, backend: {serviceName: s, servicePort: 80}}]}}]}",
        version="networking.k8s.io/v1",
    )
    out = converted(only_the_version)
    assert data_of(out)[0]["spec"]["rules"][0]["http"]["paths"] == [
        {
            "path": "/",
            "pathType": "ImplementationSpecific",
            "backend": {"service": {"name": "s", "port": {"number": 80}}},
        }
    ]
    assert converted(out) == out


def test_a_backend_that_is_written_twice():
    both = "{serviceName: s, servicePort: 80, service: {name: t, port: {number: 1}}}"
    status, out, err = convert("-f", "-", stdin=beta(f"{{backend: {both}}}"))
    assert (status, out) == (2, "")
    assert "service and serviceName are the same field" in err


def with_class(annotations: str, spec: str = "{backend: {serviceName: s, servicePort: 80}}") -> str:
    return beta(spec, meta=f"{{name: x, annotations: {annotations}}}")


KEY = "kubernetes.io/ingress.class"


@pytest.mark.parametrize(
    ("annotations", "left", "class_name"),
    [
        (f"{{{KEY}: nginx}}", None, "nginx"),
        (f"{{a: b, {KEY}: nginx}}", {"a": "b"}, "nginx"),
        (f"{{{KEY}: nginx, a: b}}", {"a": "b"}, "nginx"),
        (f"{{{KEY}: gce}}", {KEY: "gce"}, None),
        (f"{{{KEY}: gce-internal}}", {KEY: "gce-internal"}, None),
        (f'{{{KEY}: ""}}', {KEY: ""}, None),
        (f"{{{KEY}: Not A Name}}", {KEY: "Not A Name"}, None),
    ],
)
def test_the_class_annotation(annotations, left, class_name):
    (got,) = data_of(converted(with_class(annotations)))
    assert got["metadata"].get("annotations") == left
    assert got["spec"].get("ingressClassName") == class_name


def test_class_field_and_annotation_together():
    spec = "{ingressClassName: %s, backend: {serviceName: s, servicePort: 80}}"
    status, out, err = convert("-f", "-", stdin=with_class(f"{{{KEY}: a}}", spec % "a"))
    assert (status, "annotations" in out, "! " in err) == (0, False, False)
    status, out, err = convert("-f", "-", stdin=with_class(f"{{{KEY}: a}}", spec % "b"))
    assert (status, "annotations" in out) == (0, False)
    assert "the annotation says class a, ingressClassName b" in err


def test_a_class_that_is_no_text_is_refused():
    status, out, err = convert("-f", "-", stdin=with_class(f"{{{KEY}: yes}}"))
    assert (status, out) == (2, "")
    assert err.startswith("error: stdin:3:64: the value of an annotation must be text")


def test_the_comments_of_a_removed_annotation_stay():
    text = (
        "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: x\n"
        "  annotations:\n    a: b # one\n    # two\n"
        f"    {KEY}: nginx # three\n# four\nspec: # five\n  # six\n"
        "  backend: # seven\n    serviceName: s # eight\n    # nine\n    servicePort: 80 # ten\n"
        "# end\n"
    )
    assert converted(text) == (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: x\n"
        "  annotations:\n    a: b # one\n    # two\n"
        "    # three\n# four\nspec: # five\n  ingressClassName: nginx\n  # six\n"
        "  defaultBackend: # seven\n    service:\n      name: s # eight\n      # nine\n"
        "      port:\n        number: 80 # ten\n# end\n"
    )


def test_a_path_type_that_is_there_stays_and_null_is_none():
    backend = "{serviceName: s, servicePort: 80}"
    spec = "{rules: [{http: {paths: [{path: /a, pathType: %s, backend: " + backend + "}]}}]}"
    assert "pathType: Exact" in converted(beta(spec % "Exact"))
    assert "pathType: ImplementationSpecific" in converted(beta(spec % "~"))


@pytest.mark.parametrize(
    "text",
    [
        "a: &a networking.k8s.io/v1beta1\napiVersion: *a\nkind: Ingress\nmetadata: {name: x}\n"
        "spec: {backend: {serviceName: s, servicePort: 80}}\n",
        "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: x}\n"
        "b: &b {serviceName: s, servicePort: 80}\nspec: {backend: *b}\n",
        "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: x}\n"
        "b: &b {serviceName: s, servicePort: 80}\nspec: {backend: {<<: *b}}\n",
        "apiVersion: extensions/v1beta1\napiVersion: networking.k8s.io/v1beta1\nkind: Ingress\n"
        "metadata: {name: x}\nspec: {backend: {serviceName: s, servicePort: 80}}\n",
        "--- {apiVersion: networking.k8s.io/v1beta1, kind: Ingress, metadata: {name: x}, spec: "
        "{backend: {serviceName: &s s, servicePort: 80}}} # gone\n",
        "apiVersion: |-\n  networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: x}\n"
        "spec:\n  backend:\n    serviceName: >-\n      s\n    servicePort: 80\n",
        "  apiVersion: networking.k8s.io/v1beta1\n  kind: Ingress\n  metadata: {name: x}\n"
        "  spec:\n    backend: {serviceName: s, # why\n      servicePort: 80}\n",
        "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: x}\nspec:\n"
        "  backend:\n    serviceName: s\n    other: 1\n    servicePort: 80\n",
    ],
)
def test_what_cannot_be_edited_in_the_text_is_written_anew(text):
    after = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name:   keep} # this\n"
    status, out, err = convert("-f", "-", stdin=f"{text}---\n{after}")
    assert status == 0, err
    first, second = data_of(out)
    assert first["apiVersion"] == "networking.k8s.io/v1"
    service = first["spec"]["defaultBackend"]["service"]
    assert service == {"name": "s", "port": {"number": 80}}
    assert out.endswith(after)
    assert second["kind"] == "ConfigMap"
    assert "its comments are lost" in err


def test_a_typed_list_whose_items_have_no_kind():
    text = (
        "apiVersion: extensions/v1beta1\nkind: IngressList\nitems:\n- metadata: {name: x}\n"
        "  spec: {backend: {serviceName: s, servicePort: 80}}\n"
    )
    (got,) = data_of(converted(text))
    assert (got["apiVersion"], got["kind"]) == ("networking.k8s.io/v1", "IngressList")
    assert got["items"] == [
        {
            "metadata": {"name": "x"},
            "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}},
        }
    ]


def json_ingress(name: str) -> dict[str, object]:
    return {
        "apiVersion": "networking.k8s.io/v1beta1",
        "kind": "Ingress",
        "metadata": {"name": name, "labels": {"é": "\ud83d"}},
        "spec": {"backend": {"serviceName": "s", "servicePort": 80}},
    }


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_json_stays_json_as_it_was_written(indent):
    text = json.dumps(json_ingress("a"), indent=indent) + "\n"
    out = converted(text)
    expected = json_ingress("a")
    expected["apiVersion"] = "networking.k8s.io/v1"
    expected["spec"] = {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}
    assert json.loads(out) == expected
    assert out.encode()  # half a surrogate pair stays escaped
    dumped = json.dumps(expected, indent=indent, ensure_ascii=False).replace("\ud83d", "\\ud83d")
    assert out == f"{dumped}\n"


def test_only_the_json_object_that_needs_it_is_written_again():
    untouched = '{"kind":"A",  "x" : 1.0 }'
    text = f"{untouched}\n{json.dumps(json_ingress('a'))}\n{untouched}\n"
    out = converted(text)
    assert out.startswith(f"{untouched}\n{{")
    assert out.endswith(f"}}\n{untouched}\n")


def test_output_in_the_other_format(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(json_ingress("a")).replace("\\ud83d", "x"))
    (tmp_path / "b.yaml").write_text(beta("{backend: {serviceName: s, servicePort: 80}} # why"))
    status, out, _ = convert("-f", str(tmp_path), "-o", "yaml")
    assert status == 0
    assert out.startswith("apiVersion: networking.k8s.io/v1\n")
    assert "# why" in out
    names = [item["metadata"]["name"] for item in data_of(out)]
    status, out, _ = convert("-f", str(tmp_path), "-o", "json")
    assert [item["metadata"]["name"] for item in json.loads(out)["items"]] == names == ["a", "x"]


def test_files_are_parted_as_their_format_wants(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(beta("{backend: {serviceName: s, servicePort: 80}}").strip())
    assert len(data_of(convert("-f", str(tmp_path))[1])) == 2
    (tmp_path / "c.json").write_text(json.dumps(json_ingress("c")))
    assert len(data_of(convert("-f", str(tmp_path))[1])) == 3
    (tmp_path / "a.yaml").unlink()
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "d.json").write_text(json.dumps(json_ingress("d")))
    assert len(data_of(convert("-f", str(tmp_path))[1])) == 2


def test_a_hostile_name_does_not_reach_the_terminal():
    text = beta("{backend: {serviceName: s, servicePort: 80}}", meta='{name: "a\\e[31m\\u202e"}')
    err = convert("-f", "-", stdin=text)[2]
    assert "\x1b" not in err
    assert "\\x1b[31m\\u202e" in err


def test_no_file_named_and_nothing_in_it():
    status, out, err = convert()
    assert (status, out) == (2, "")
    assert "-f" in err
    status, out, err = convert("-f", "-", stdin="# nothing\n---\n")
    assert (status, out) == (2, "")
    assert err.startswith("error: stdin: no objects in there")
