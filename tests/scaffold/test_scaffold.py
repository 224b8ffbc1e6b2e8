"""scaffold: what is written, what is refused before anything is, and what --apply does."""

from __future__ import annotations

import base64
import io
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.certificates import self_signed
from kubectl_ingress.env import Environment
from kubectl_ingress.errors import (
    ApiConflict,
    ApiFailed,
    ApiForbidden,
    ExitStatus,
    NotPrinted,
    UsageError,
)
from kubectl_ingress.ports.files import Source, documents
from kubectl_ingress.scaffold import images
from kubectl_ingress.scaffold.rules import parse_rule
from tests import golden
from tests.fakes import FakeCluster

SEED = (
    "hostname --replicas 3 --host jko.example.com --path /echo-hostname"
    " --ingress-name ingress-example"
)
NGINX = "nginx.ingress.kubernetes.io"


def scaffold(words: str | list[str], cluster: FakeCluster | None = None) -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""

    def connect(*_):
        assert cluster is not None, "no cluster may be asked"
        return cluster

    environment = Environment(
        stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), make_cluster=connect
    )
    typed = words.split() if isinstance(words, str) else words
    status = main(["scaffold", *typed], environment)
    return status, environment.stdout.getvalue(), environment.stderr.getvalue()


def objects(words: str | list[str]) -> dict[str, dict]:
    """The objects by name."""
    status, out, err = scaffold(words)
    assert status == 0, err
    return {d.data["metadata"]["name"]: d.data for d in documents(Source("x", out))}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("seed", SEED),
        ("seed-image", f"{SEED} --labels app=webserver"
         " --image alicek106/ingress-annotation-test:0.0"),
        ("everything", "shop -n front --host shop.example.com --tls-secret shop-cert --port 8080"
         " --rule *.example.org/api*=shop-service:web-port,tls=other --rule /free=legacy:http"
         " --image registry.example.com/shop:1.2 --container-port 3000 --labels tier=web"
         " --canary-weight 10 --canary-header X-Canary=yes --canary-cookie try"
         " --rewrite-target /$1 --path-type ImplementationSpecific --path /v1/(.*)"),
    ],
)  # fmt: skip
def test_the_whole_output(name, words):
    status, out, err = scaffold(words)
    assert status == 0, err
    golden.check(Path("scaffold") / f"{name}.yaml", out)
    assert scaffold(words)[1] == out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_the_seed():
    made = objects(SEED)
    assert list(made) == ["hostname-deployment", "hostname-service", "ingress-example"]
    deployment, service, ingress = made.values()
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "hostname"}
    assert pod["metadata"]["labels"] == {"app": "hostname"}
    assert container["image"] == images.DEFAULT
    assert container["args"] == ["serve-hostname", "--port=8080"]
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]
    assert container["readinessProbe"] == {"httpGet": {"path": "/", "port": "http"}}
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": {"app": "hostname"},
        "ports": [{"name": "web-port", "port": 80, "targetPort": "http"}],
    }
    assert "annotations" not in ingress["metadata"]
    assert ingress["spec"] == {
        "ingressClassName": "nginx",
        "rules": [
            {
                "host": "jko.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/echo-hostname",
                            "pathType": "Prefix",
                            "backend": {
                                "service": {"name": "hostname-service", "port": {"number": 80}}
                            },
                        }
                    ]
                },
            }
        ],
    }


def test_without_a_host_the_comment_says_what_that_means():
    status, out, _ = scaffold("web")
    assert status == 0
    assert "# no host: answers for every host that no other rule names" in out
    assert "host" not in objects("web")["web"]["spec"]["rules"][0]


def rewrite_of(words: str) -> str | None:
    (ingress,) = objects(f"web --only ingress {words}").values()
    return ingress["metadata"].get("annotations", {}).get(f"{NGINX}/rewrite-target")


TUTORIAL = "--image alicek106/ingress-annotation-test:0.0"


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("--path /echo", None),
        ("--path /echo --rewrite-target /x", "/x"),
        (f"--path /echo {TUTORIAL}", "/"),
        (f"--path /echo {TUTORIAL} --rewrite-target=", None),
        (f"--path /color {TUTORIAL}", None),
        (TUTORIAL, None),
        (f"--path /echo {TUTORIAL} --rule /x=other:80", None),
        (f"--path /echo {TUTORIAL} --rule /x=web-service:80", "/"),
        ("--path /echo --image stefanprodan/podinfo", "/"),
    ],
)
def test_a_rewrite_is_added_where_the_image_needs_one(words, target):
    assert rewrite_of(words) == target


@pytest.mark.parametrize(
    "reference",
    [
        "alicek106/ingress-annotation-test",
        "alicek106/ingress-annotation-test:0.0",
        "docker.io/alicek106/ingress-annotation-test:0.1",
        f"alicek106/ingress-annotation-test:0.0@sha256:{'0' * 64}",
    ],
)
def test_a_known_image_is_known_by_its_repository(reference):
    image = images.known(reference)
    assert image is not None
    assert (image.port, image.port_name) == (5000, "flask-port")


def test_the_facts_about_images_are_those_of_the_table():
    made = objects("web --image alicek106/ingress-annotation-test:0.0 --path /")
    (container,) = made["web-deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "flask-port", "containerPort": 5000}]
    assert made["web-service"]["spec"]["ports"][0]["targetPort"] == "flask-port"
    made = objects("web --image registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0")
    (container,) = made["web-deployment"]["spec"]["template"]["spec"]["containers"]
    assert [entry["name"] for entry in container["env"]] == ["POD_NAME", "NAMESPACE"]
    made = objects("web --container-port 9000")
    (container,) = made["web-deployment"]["spec"]["template"]["spec"]["containers"]
    assert (container["args"][1], container["ports"][0]["containerPort"]) == ("--port=9000", 9000)


def test_an_unknown_image_has_a_guessed_port_and_no_probe():
    status, out, _ = scaffold("web --image registry.example.com:5000/team/web:1.2")
    assert status == 0
    assert "containerPort: 8080  # a guess" in out
    assert "readinessProbe" not in out
    assert "a guess" not in scaffold("web --image a/b --container-port 3000")[1]


def test_each_name_has_its_override():
    made = objects("web --deployment-name d --service-name s --ingress-name i.example")
    assert list(made) == ["d", "s", "i.example"]
    path = made["i.example"]["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"]["service"]["name"] == "s"


def test_labels():
    made = objects("web --labels app=webserver,tier=front")
    labels = {"app": "webserver", "tier": "front"}
    assert all(item["metadata"]["labels"] == labels for item in made.values())
    spec = made["web-deployment"]["spec"]
    assert spec["template"]["metadata"]["labels"] == labels
    # What selects must not change with every label people add.
    assert spec["selector"]["matchLabels"] == {"app": "webserver"}
    assert made["web-service"]["spec"]["selector"] == {"app": "webserver"}


def test_a_namespace_is_written_only_where_it_was_typed():
    assert all("namespace" not in item["metadata"] for item in objects("web").values())
    assert all(o["metadata"]["namespace"] == "a" for o in objects("web -n a").values())


def test_an_upper_case_host_is_lowered_and_told():
    status, out, err = scaffold("web --host Shop.Example.COM --only ingress")
    assert status == 0
    assert "host: shop.example.com" in out
    assert err == "! host Shop.Example.COM is written in lower case: shop.example.com\n"


REFUSED = [
    ("Web", "NAME 'Web' is no valid name"),
    ("a" * 64, "is no valid name"),
    ("a" * 60, "no valid name for a Service"),
    ("1web", "no valid name for a Service"),
    ("w\x1b[31m", r"NAME 'w\x1b[31m'"),
    ("web --host 192.0.2.1", "not an IP"),
    ("web --host ::1", "not an IP"),
    ("web --host a.example.com:80", "a host has no port"),
    ("web --host a.*.example.com", "a wildcard is only allowed"),
    ("web --host *", "cannot be the host of a rule"),
    ("web --host -a.example.com", "cannot be the host of a rule"),
    ("web --host a_b.example.com", "cannot be the host of a rule"),
    ("web --path x", "not absolute"),
    ("web --path=", "not absolute"),
    ("web --path /a//b", "holds //"),
    ("web --path /a/./b", "holds /./"),
    ("web --path /a/../b --path-type Exact", "holds /../"),
    ("web --path /a%2fb", "holds %2f"),
    ("web --path /a%2Fb", "holds %2F"),
    ("web --path /a/..", "dot segment"),
    ("web --path /a/.", "dot segment"),
    ("web --path /\x07", "control character"),
    ("web --path-type prefix", "is no path type"),
    ("web --replicas -1", "--replicas -1"),
    ("web --replicas 2147483648", "--replicas 2147483648"),
    ("web --port 0", "--port 0 is no port"),
    ("web --port 65536", "--port 65536 is no port"),
    ("web --container-port 0", "--container-port 0 is no port"),
    ("web --image UPPER/case", "is no image"),
    ("web --image=", "is no image"),
    ("web --class Nginx", "--class 'Nginx'"),
    ("web --labels a", "is no label"),
    ("web --labels a=b=c", "is no label"),
    ("web --deployment-name A", "--deployment-name 'A'"),
    ("web --service-name a.b", "--service-name 'a.b'"),
    ("web --ingress-name a_b", "--ingress-name 'a_b'"),
    ("web --tls-secret A", "--tls-secret 'A'"),
    ("web -n A", "--namespace 'A'"),
    ("web --rewrite-target /a;b", "would be ignored by ingress-nginx"),
    ("web --tls-self-signed", "no host to make a certificate for"),
    ("web --canary-weight 101", "no percentage"),
    ("web --canary-weight -1", "no percentage"),
    ("web --canary-header a_b", "underscore"),
    ("web --canary-header X=", "would be ignored"),
    ("web --canary-cookie a;b", "would be ignored"),
    ("web --canary-service s", "which requests it gets"),
    ("web --canary-image a/b", "which requests it gets"),
    ("web --canary-weight 1 --canary-service s --canary-image a/b", "exclude each other"),
    ("web --canary-weight 1 --canary-service S", "--canary-service 'S'"),
    ("web --canary-weight 1 --rule /x=other:80", "would get nothing"),
    ("web --only ingress,pods", "'pods' is no part"),
    ("web --only tls", "no Secret to make"),
    ("web --only canary", "there is no canary"),
    ("web --rule x", "is not understood"),
    ("web --rule a.b/x=web-service:81", "names port 81"),
    ("web --path /x --rule /x*=web-service:80", "two rules have host"),
    ("web --dry-run=maybe", "'maybe' is not one of"),
    ("web -o table", "'table' is not one of"),
    ("web more", "unexpected extra argument"),
    ("", "Missing argument"),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED, ids=[ascii(w[:40]) for w, _ in REFUSED])
def test_what_cannot_be_is_refused_before_a_cluster_is_asked(words, sentence):
    status, out, err = scaffold(f"{words} --apply")
    assert (status, out) == (2, "")
    assert sentence in err
    said = [line for line in err.splitlines() if not line.startswith("!")]
    assert said[0].startswith("error: ")
    assert len(said) == 2, "one sentence, one next step"


@pytest.mark.parametrize(
    "text",
    [
        "a.b=s:80", "a.b/x=s", "a.b/x=s:", "a.b/x", "", "*=s:80", "a.b/x=s:80,",
        "a.b/x=s:80,foo=x", "a.b/x=s:80,tls=A", "a.b/x=S:80", "a.b/x=s:0", "a.b/x=s:Bad_Port",
        "a.b/x//y=s:80", "a.b:80/x=s:80", "a.b/x=s:80,tls=a,tls=b", "a.b/x=s:80 ", "1.2.3.4/=s:80",
    ],
)  # fmt: skip
def test_rules_that_are_refused(text):
    with pytest.raises(UsageError):
        parse_rule(text)


def test_a_path_may_hold_an_equals_sign():
    route = parse_rule("a.b/x=y*=s:80")
    assert (route.path, route.path_type, route.service) == ("/x=y", "Prefix", "s")


def test_a_prefix_that_the_webhook_would_refuse_is_told():
    status, _, err = scaffold("web --path /~user")
    assert status == 0
    assert "ingress-nginx refuses the Prefix path /~user" in err
    assert scaffold("web --path /~user --path-type ImplementationSpecific")[2] == ""


def test_a_rule_to_another_service_is_told():
    status, _, err = scaffold("web --rule a.b/x=other:80 --rule /*=web-service:web-port")
    assert status == 0
    assert err == "! the rule for a.b/x leads to Service other, which is not made here\n"


def test_only_some_parts():
    assert list(objects("web --only ingress")) == ["web"]
    assert list(objects("web --only service,deployment")) == ["web-deployment", "web-service"]
    assert list(objects("web --only service --only ingress")) == ["web-service", "web"]


def canary_of(words: str) -> dict[str, dict]:
    return objects(f"web --host a.b --path /x --path-type Exact --only canary {words}")


def test_a_canary_brings_what_answers_it():
    made = canary_of("--canary-weight 10 --replicas 5 --canary-image traefik/whoami:v1.10")
    assert list(made) == ["web-canary-deployment", "web-canary-service", "web-canary"]
    deployment, service, ingress = made.values()
    assert deployment["spec"]["replicas"] == 1
    # Not the label of the first Deployment: its Service would take these pods too.
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "web-canary"}
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "traefik/whoami:v1.10"
    assert container["ports"][0]["containerPort"] == 80
    assert service["spec"]["selector"] == {"app": "web-canary"}
    assert ingress["metadata"]["annotations"] == {
        f"{NGINX}/canary": "true",
        f"{NGINX}/canary-weight": "10",
    }
    assert ingress["spec"]["ingressClassName"] == "nginx"
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    # Host, path and type as those of the first Ingress, or it does nothing.
    assert (rule["host"], path["path"], path["pathType"]) == ("a.b", "/x", "Exact")
    assert path["backend"]["service"] == {"name": "web-canary-service", "port": {"number": 80}}


def test_a_canary_for_a_service_that_is_there():
    (ingress,) = canary_of("--canary-weight 0 --canary-service next:http").values()
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "next", "port": {"name": "http"}}
    (ingress,) = canary_of("--canary-weight 0 --canary-service next --port 81").values()
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["port"] == {"number": 81}


def test_what_chooses_a_canary():
    annotations = canary_of("--canary-header X-Try --canary-cookie try")["web-canary"]["metadata"][
        "annotations"
    ]
    assert annotations == {
        f"{NGINX}/canary": "true",
        f"{NGINX}/canary-by-header": "X-Try",
        f"{NGINX}/canary-by-cookie": "try",
    }
    annotations = canary_of("--canary-header X-Try=on")["web-canary"]["metadata"]["annotations"]
    assert annotations[f"{NGINX}/canary-by-header-value"] == "on"


def test_a_canary_leaves_rules_to_other_services_alone():
    made = objects("web --rule a.b/x=web-service:80 --rule a.b/y=other:80 --canary-weight 5")
    paths = made["web-canary"]["spec"]["rules"][0]["http"]["paths"]
    assert [path["path"] for path in paths] == ["/x"]


def test_tls_with_a_secret_there_is():
    made = objects("web --host a.b --rule *.c.d/x=web-service:80,tls=own --tls-secret mine")
    assert list(made) == ["web-deployment", "web-service", "web"]
    assert made["web"]["spec"]["tls"] == [
        {"hosts": ["a.b"], "secretName": "mine"},
        {"hosts": ["*.c.d"], "secretName": "own"},
    ]


def test_a_self_signed_certificate(tmp_path):
    words = "web --host a.example.com --rule *.b.org/x=web-service:80 --tls-self-signed"
    status, out, err = scaffold(words)
    assert status == 0
    assert "no browser trusts it" in err
    secret, *_, ingress = (document.data for document in documents(Source("x", out)))
    assert (secret["kind"], secret["type"]) == ("Secret", "kubernetes.io/tls")
    assert ingress["spec"]["tls"] == [
        {"hosts": ["a.example.com", "*.b.org"], "secretName": secret["metadata"]["name"]}
    ]
    files = {name: tmp_path / name for name in ("tls.crt", "tls.key")}
    for name, file in files.items():
        file.write_bytes(base64.b64decode(secret["data"][name]))
    assert_serves("a.example.com", *files.values())
    assert_serves("x.b.org", *files.values())
    with pytest.raises(ssl.SSLCertVerificationError):
        assert_serves("other.org", *files.values())


def assert_serves(host: str, chain: Path, key: Path) -> None:
    """A handshake in memory with a client that trusts just this certificate."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    client = ssl.create_default_context(cafile=str(chain))
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=host)
    theirs = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.version() is not None


def test_the_certificate_says_for_whom_and_how_long():
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime(2026, 1, 1, tzinfo=UTC)
    long_host = f"{'a' * 60}.example.com"
    chain, _ = self_signed([long_host, "*.b.org"], now)
    read = x509.load_pem_x509_certificate(chain)
    assert (read.not_valid_before_utc, read.not_valid_after_utc) == (now, now + timedelta(days=90))
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [long_host, "*.b.org"]
    public = read.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"


def test_output_formats():
    status, out, _ = scaffold("web -o name")
    assert (status, out) == (
        0,
        "deployment.apps/web-deployment\nservice/web-service\ningress.networking.k8s.io/web\n",
    )
    status, out, _ = scaffold("web -o json")
    assert [item["kind"] for item in json.loads(out)["items"]] == [
        "Deployment",
        "Service",
        "Ingress",
    ]
    status, out, _ = scaffold("web -o json --only ingress")
    assert json.loads(out)["kind"] == "Ingress"


CREATED = (
    "deployment.apps/hostname-deployment created\n"
    "service/hostname-service created\n"
    "ingress.networking.k8s.io/ingress-example created\n"
)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--host a.example --tls-self-signed", "https://a.example/ -k"),
        ("--host a.example --tls-secret mine", "https://a.example/"),
        ("--host *.a.example --tls-secret mine", "https://www.a.example/"),
        ("--host a.example", "http://a.example/"),
        ("--tls-secret mine", "/"),
    ],
)
def test_the_next_command_goes_where_the_route_answers(flags: str, words: str):
    err = scaffold(f"web {flags} --apply", FakeCluster())[2]
    assert err.splitlines()[-1] == f"Next   kubectl ingress test {words}"


def test_apply():
    cluster = FakeCluster()
    status, out, err = scaffold(f"{SEED} --apply", cluster)
    assert (status, out) == (0, CREATED)
    assert err == "Next   kubectl ingress test http://jko.example.com/echo-hostname\n"
    deployment = cluster.objects["Deployment", "default", "hostname-deployment"]
    assert deployment["spec"]["replicas"] == 3
    again = scaffold(f"{SEED} --apply", cluster)[1]
    assert again == CREATED.replace("created", "unchanged")
    other = scaffold(f"{SEED} --apply --replicas 2", cluster)[1]
    assert other.splitlines()[0] == "deployment.apps/hostname-deployment configured"
    assert other.splitlines()[1:] == again.splitlines()[1:]
    writes = [request for request in cluster.requests if request.method != "GET"]
    assert {request.query["fieldManager"] for request in writes} == {"kubectl-ingress"}
    assert {request.query["force"] for request in writes} == {"false"}


def test_a_canary_without_what_it_is_a_canary_of():
    cluster = FakeCluster()
    words = "web --host a.b --canary-weight 10 --apply"
    said = scaffold(f"{words} --only canary", cluster)[2]
    assert said.startswith("! there is no Ingress web in namespace default: ")
    scaffold("web --host a.b --apply", cluster)
    assert scaffold(f"{words} --only canary", cluster)[2] == ""
    assert "no Ingress" not in scaffold(words, FakeCluster())[2]


def test_the_hint_has_the_flags_that_were_typed():
    cluster = FakeCluster([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}])
    err = scaffold("web --path /x(.*) --path-type ImplementationSpecific -n a --apply", cluster)[2]
    assert err == "Next   kubectl ingress test '/x(.*)' -n a\n"


@pytest.mark.parametrize(("how", "note"), [("client", "(dry run)"), ("server", "(server dry run)")])
def test_dry_runs_change_nothing(how, note):
    cluster = FakeCluster()
    status, out, err = scaffold(f"{SEED} --apply --dry-run={how}", cluster)
    assert (status, out) == (0, CREATED.replace("created", f"created {note}"))
    assert err == ""
    assert cluster.objects == {}
    writes = [request for request in cluster.requests if request.method != "GET"]
    assert len(writes) == (3 if how == "server" else 0)
    assert all(request.query["dryRun"] == "All" for request in writes)


def test_apply_with_a_format():
    cluster = FakeCluster()
    status, out, _ = scaffold("web --apply -o name --only ingress", cluster)
    assert (status, out) == (0, "ingress.networking.k8s.io/web\n")
    out = scaffold("web --apply -o json --only ingress", cluster)[1]
    assert json.loads(out)["metadata"]["uid"]


def foreign_service() -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hostname-service"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}]},
    }


def test_fields_of_others_are_not_taken_and_nothing_is_half_done():
    cluster = FakeCluster([foreign_service()])
    status, out, err = scaffold(f"{SEED} --apply", cluster)
    assert (status, out) == (2, "")
    assert "hostname-service" in err
    assert "kubectl-create" in err
    assert ".spec.type" in err
    assert "--force-conflicts" in err
    assert [key[0] for key in cluster.objects] == ["Service"]
    status, out, _ = scaffold(f"{SEED} --apply --force-conflicts", cluster)
    assert status == 0
    assert out.splitlines()[1] == "service/hostname-service configured"


def test_what_the_server_refuses_of_one_object_stops_all():
    cluster = FakeCluster()
    refusal = ApiForbidden("you may not patch ingresses", "ask for it")
    cluster.fail("PATCH", "/ingresses/", refusal)
    status, out, err = scaffold(f"{SEED} --apply", cluster)
    assert (status, out) == (2, "")
    assert err.startswith("error: you may not patch ingresses")
    assert cluster.objects == {}


def writes(cluster: FakeCluster) -> list[str]:
    return [
        asked.path.rpartition("/")[2]
        for asked in cluster.requests
        if asked.method == "PATCH" and "dryRun" not in asked.query
    ]


def test_a_conflict_of_one_moment_is_settled():
    cluster = FakeCluster()
    failing = ApiConflict("service was changed by another in the meantime", "run it again")

    def conflict(asked):
        if asked.method == "PATCH" and "dryRun" not in asked.query and len(writes(cluster)) == 2:
            cluster.fail("PATCH", "/services/", failing, 1)

    cluster.on_request = conflict
    status, out, err = scaffold(f"{SEED} --apply", cluster)
    assert (status, out.count("created")) == (0, 3), err
    assert len(writes(cluster)) == 4


class Full(io.StringIO):
    """A stream that takes `lines` and then no more."""

    def __init__(self, lines):
        super().__init__()
        self.left = lines

    def write(self, text):
        if self.left == 0:
            raise NotPrinted("cannot write to standard output: No space left on device")
        self.left -= text.count("\n")
        return super().write(text)


@pytest.mark.parametrize(
    ("words", "lines", "stand"),
    [
        ("", 0, "1 of 3 objects were applied"),
        ("", 2, "3 of 3 objects were applied"),
        ("-o json", 0, "3 of 3 objects were applied"),
        ("--dry-run=server", 0, ""),
    ],
)
def test_where_nothing_can_be_printed_it_says_what_stands(words, lines, stand):
    stderr = io.StringIO()
    environment = Environment(
        stdin=io.StringIO(),
        stdout=Full(lines),
        stderr=stderr,
        make_cluster=lambda *_: FakeCluster(),
    )
    assert main(["scaffold", *f"{SEED} --apply {words}".split()], environment) == 2
    assert ("applied and stay" in stderr.getvalue()) == bool(stand)
    assert stand in stderr.getvalue()


@pytest.mark.parametrize("how", [KeyboardInterrupt, lambda: ApiFailed("no")])
def test_stopped_half_way_it_says_what_stands(how):
    cluster = FakeCluster()

    def stop(asked):
        if asked.method == "PATCH" and "dryRun" not in asked.query and len(writes(cluster)) == 3:
            raise how()

    cluster.on_request = stop
    status, out, err = scaffold(f"{SEED} --apply", cluster)
    assert status == (ExitStatus.INTERRUPTED if how is KeyboardInterrupt else 2)
    assert out.count("created") == 2
    assert "2 of 3 objects were applied and stay. The same command again goes on" in err
    cluster.on_request = lambda asked: None
    status, out, _ = scaffold(f"{SEED} --apply", cluster)
    assert (status, out.count("unchanged"), out.count("created")) == (0, 2, 1)
