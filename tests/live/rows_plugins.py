"""Rows of the table against kubectl: exec plugins and auth providers."""

from __future__ import annotations

import base64
import sys

from tests.kubeconfigs import credential, plugin
from tests.live.bench import TOKEN, Bench, row, simple


@row
def token_flag_and_exec(bench: Bench) -> list[str]:
    simple(bench, plugin(bench.script("fail.sh", "exit 1")))
    return ["--token", "typed"]


@row
def exec_token(bench: Bench) -> None:
    simple(bench, plugin(bench.script("login", f"echo '{credential(token='from-exec')}'")))


@row
def exec_relative_to_the_file(bench: Bench) -> None:
    bench.script("bin/login", f"echo '{credential(token='from-exec')}'")
    simple(bench, plugin("bin/login"))


@row
def exec_arguments_and_environment(bench: Bench) -> None:
    script = bench.script("login", f"echo '{credential(token='T')}' | sed \"s/T/$1-$KEY/\"")
    simple(bench, plugin(script, args=["arg"], env=[{"name": "KEY", "value": "value"}]))


@row
def exec_info(bench: Bench) -> None:
    # The token is the digest of what the plugin was told, with its keys sorted.
    script = bench.script(
        "login",
        f"""token=$(printf %s "$KUBERNETES_EXEC_INFO" | {sys.executable} -c '
import hashlib, json, sys
told = json.dumps(json.load(sys.stdin), sort_keys=True)
print(hashlib.sha256(told.encode()).hexdigest())')
echo '{credential(token="T")}' | sed "s/\\"T\\"/\\"$token\\"/" """,
    )
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
    simple(
        bench,
        plugin(script, provideClusterInfo=True),
        cluster=bench.cluster(bench.a, extensions=[extension]),
    )


@row
def exec_certificate(bench: Bench) -> None:
    certificate, key = (path.read_text() for path in bench.pair("jane"))
    answer = credential(clientCertificateData=certificate, clientKeyData=key)
    bench.write("answer", answer)
    simple(bench, plugin(bench.script("login", f"cat '{bench.folder}/answer'")))


@row
def exec_certificate_without_key(bench: Bench) -> None:
    bench.write("answer", credential(clientCertificateData=bench.pair("jane")[0].read_text()))
    simple(bench, plugin(bench.script("login", f"cat '{bench.folder}/answer'")))


@row
def exec_beta(bench: Bench) -> None:
    answer = credential("v1beta1", token="beta")
    script = bench.script("login", f"echo '{answer}'")
    beta = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": str(script)}
    simple(bench, {"exec": beta})


@row
def exec_alpha(bench: Bench) -> None:
    answer = credential("v1alpha1", token="alpha")
    script = bench.script("login", f"echo '{answer}'")
    simple(bench, plugin(script, apiVersion="client.authentication.k8s.io/v1alpha1"))


@row
def exec_answers_in_another_version(bench: Bench) -> None:
    simple(bench, plugin(bench.script("login", f"echo '{credential('v1beta1', token='x')}'")))


@row
def exec_without_interactive_mode(bench: Bench) -> None:
    script = bench.script("login", f"echo '{credential(token='x')}'")
    version = "client.authentication.k8s.io/v1"
    simple(bench, {"exec": {"apiVersion": version, "command": str(script)}})


@row
def exec_that_needs_a_terminal(bench: Bench) -> None:
    script = bench.script("login", f"echo '{credential(token='x')}'")
    simple(bench, plugin(script, interactiveMode="Always"))


@row
def exec_fails(bench: Bench) -> None:
    simple(bench, plugin(bench.script("login", "echo 'not logged in' >&2; exit 3")))


@row
def exec_is_missing(bench: Bench) -> None:
    simple(bench, plugin("no-such-login-program", installHint="install it"))


@row
def exec_prints_nonsense(bench: Bench) -> None:
    simple(bench, plugin(bench.script("login", "echo hello")))


@row
def exec_prints_yaml(bench: Bench) -> None:
    yaml = (
        "apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\nstatus: {token: y1}\n"
    )
    bench.write("answer", yaml)
    simple(bench, plugin(bench.script("login", f"cat '{bench.folder}/answer'")))


@row
def exec_prints_no_status(bench: Bench) -> None:
    simple(bench, plugin(bench.script("login", f"echo '{credential()}'")))


@row
def exec_expired_at_once(bench: Bench) -> None:
    answer = credential(token="old", expirationTimestamp="2020-01-01T00:00:00Z")
    simple(bench, plugin(bench.script("login", f"echo '{answer}'")))


@row
def exec_beside_a_token(bench: Bench) -> None:
    simple(bench, {**TOKEN, **plugin(bench.script("fail.sh", "exit 1"))})


@row
def auth_provider_gcp(bench: Bench) -> None:
    simple(bench, {"auth-provider": {"name": "gcp", "config": {"access-token": "x"}}})


@row
def auth_provider_and_exec(bench: Bench) -> None:
    script = bench.script("login", f"echo '{credential(token='x')}'")
    simple(bench, {"auth-provider": {"name": "oidc", "config": {}}, **plugin(script)})


@row
def auth_provider_oidc(bench: Bench) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 99999999999}').decode().rstrip("=")
    config = {"id-token": f"e30.{claims}.sig", "client-id": "x", "idp-issuer-url": bench.a.url}
    simple(bench, {"auth-provider": {"name": "oidc", "config": config}})
