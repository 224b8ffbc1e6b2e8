"""What is secret is not shown, whatever goes wrong: in tracebacks, to children, in files."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
from tests.kubeconfigs import V1, Home, kubeconfig
from tests.live.recorder import Answer, Authority, json_answer, serve, status_answer

TOKEN = "eyJhbGciOi-this-is-the-token"
PASSWORD = "pa55-this-is-the-password"
KEY = "MIGHAgEAMBMG-this-is-the-key"
DATA = base64.b64encode(b"this is in the Secret").decode()
SECRETS = (TOKEN, PASSWORD, KEY, DATA, base64.b64encode(PASSWORD.encode()).decode())
COMMANDS = (
    *("status", "address", "install --provider aws", "scaffold web --host a.b --apply"),
    *("list -A", "trace http://a.b/", "test http://a.b/", "lint -A", "uninstall --yes"),
)
NO: Answer = status_answer(401, "Unauthorized", "Unauthorized")
FORBIDDEN: Answer = status_answer(403, "Forbidden", "no")
PAGE: Answer = (502, {"Content-Type": "text/html"}, b"<title>Bad gateway</title>")
ODD: Answer = (200, {}, b"[]")
HALF: Answer = (200, {"Content-Length": "999", "Connection": "close"}, b'{"kind":')


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def url() -> Iterator[Callable[[Answer], str]]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serve(lambda method, path: answer)).url


def said(home: Home, *words: str) -> str:
    """All that a command says, with a traceback where it fails."""
    out, err = io.StringIO(), io.StringIO()
    environment = Environment(io.StringIO(), out, err, home.variables, sleep=lambda seconds: None)
    main([*words, "-v"], environment)
    return out.getvalue() + err.getvalue()


def check(text: str, secrets: tuple[str, ...] = SECRETS) -> None:
    assert text
    shown = [secret for secret in secrets if secret in text]
    assert not shown, text


USERS: dict[str, dict[str, Any]] = {
    "token": {"token": TOKEN},
    "password": {"username": "jane", "password": PASSWORD},
    "broken token": {"token": f"{TOKEN}\nX-Other: 1"},
    "both": {"token": TOKEN, "username": "jane", "password": PASSWORD},
    "key that is none": {
        "client-certificate-data": base64.b64encode(b"none").decode(),
        "client-key-data": base64.b64encode(KEY.encode()).decode(),
    },
    "key that is no base64": {"client-certificate-data": "!", "client-key-data": f"{KEY}!"},
    "key of a wrong type": {"client-certificate-data": "", "client-key-data": [KEY]},
    "token of a wrong type": {"token": {"value": TOKEN}},
    "id-token": {
        "auth-provider": {"name": "oidc", "config": {"id-token": TOKEN, "client-secret": PASSWORD}}
    },
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("answer", [NO, FORBIDDEN, PAGE, ODD, HALF], ids=lambda a: str(a[0]))
def test_of_the_kubeconfig(
    home: Home, url: Callable[[Answer], str], user: str, answer: Answer
) -> None:
    home.write(".kube/config", kubeconfig(USERS[user], {"server": url(answer)}))
    for command in COMMANDS:
        check(said(home, *command.split()))


def test_of_the_flags(home: Home, url: Callable[[Answer], str]) -> None:
    home.write(".kube/config", kubeconfig({}, {"server": url(FORBIDDEN)}))
    for command in COMMANDS:
        check(said(home, *command.split(), "--token", TOKEN))


def test_of_a_login_in_the_address(home: Home, url: Callable[[Answer], str]) -> None:
    home.write(".kube/config", kubeconfig({"token": TOKEN}, {"server": url(NO)}))
    server = url(NO).replace("http://", f"http://jane:{PASSWORD}@")
    for command in COMMANDS:
        text = said(home, *command.split(), "-s", server)
        check(text)
        assert "jane:***@" not in text


def test_of_a_proxy_s_login(home: Home) -> None:
    proxy = {"server": "https://api.test", "proxy-url": f"http://jane:{PASSWORD}@127.0.0.1:9"}
    home.write(".kube/config", kubeconfig({"token": TOKEN}, proxy))
    check(said(home, "status"))
    home.write(".kube/config", kubeconfig({"token": TOKEN}, {"server": "https://api.test"}))
    home.variables["HTTPS_PROXY"] = f"http://jane:{PASSWORD}@127.0.0.1:9"
    check(said(home, "status"))


BROKEN = (
    f"users: [{{name: a, user: {{token: {TOKEN}}}",
    f'users:\n- name: a\n  user:\n    token: "{TOKEN}\n',
    f"users:\n- name: a\n  user:\n   token: {TOKEN}\n  x\n",
    f"- token: {TOKEN}\n",
    f"{TOKEN}",
    f"users: {TOKEN}",
    f"users: [{TOKEN}]",
    f"users: [{{name: a, user: {TOKEN}}}]\ncontexts: [{{name: c, context: {{user: a}}}}]\n"
    "current-context: c\n",
    f"a: *{TOKEN}\n",
    f"a: !!{TOKEN} b\n",
    f"a: b\na: c\n{TOKEN}: [\n",
    f"users: [{{name: a, user: {{password: !{PASSWORD}}}}}]\n",
    f"users: [{{name: a, user: {{password: *{PASSWORD}}}}}]\n",
    f"users: [{{name: a, user: {{password: @{PASSWORD}}}}}]\n",
)


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_of_a_kubeconfig_that_cannot_be_read(home: Home, number: int) -> None:
    home.write(".kube/config", BROKEN[number])
    check(said(home, "status"))


PRINTED = (
    TOKEN,
    f'"{TOKEN}"',
    f'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{"token": "{TOKEN}"',
    f'{{"kind": "{TOKEN[:0]}X", "status": {{"token": "{TOKEN}"}}}}',
    f'{{"kind": "ExecCredential", "apiVersion": "v0", "status": {{"token": "{TOKEN}"}}}}',
    f'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{"token": ["{TOKEN}"]}}}}',
    f'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{"token": "{TOKEN}",'
    f' "clientKeyData": "{KEY}"}}}}',
    f'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": {{"token": "{TOKEN}"}}}}',
)


@pytest.mark.parametrize("number", range(len(PRINTED)))
def test_of_what_a_plugin_prints(home: Home, url: Callable[[Answer], str], number: int) -> None:
    home.write("printed", PRINTED[number])
    plugin = home.script(f"cat {home.folder}/printed")
    user = {"exec": {"apiVersion": V1, "command": plugin, "interactiveMode": "Never"}}
    home.write(".kube/config", kubeconfig(user, {"server": url(NO)}))
    check(said(home, "status"))


WITH_TLS = {
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "tls": [{"hosts": ["a.b"], "secretName": "web-tls"}],
        "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}},
    },
}


def test_of_a_secret_in_the_cluster(home: Home) -> None:
    def answer(method: str, path: str) -> Answer:
        kind = path.partition("?")[0].rpartition("/")[2]
        if "/secrets/" in path:
            meta = {"name": kind, "namespace": "default"}
            secret = {"kind": "Secret", "metadata": meta, "data": {"tls.key": DATA, "ca": [DATA]}}
            return json_answer({"apiVersion": "v1", **secret})
        if method != "GET":
            return status_answer(500, "InternalError", "etcdserver: leader changed")
        items = [WITH_TLS] if kind == "ingresses" else []
        return json_answer({"kind": "List", "metadata": {}, "items": items})

    with serve(answer) as server:
        home.write(".kube/config", kubeconfig({"token": TOKEN}, {"server": server.url}))
        for words in (
            "install --provider aws",
            "scaffold web --host a.b --tls-self-signed --apply",
            "status",
            "list -A --controller ingress-nginx",
            "trace https://a.b/ --controller ingress-nginx",
            "lint -A --controller ingress-nginx",
        ):
            text = said(home, *words.split())
            check(text)
            assert "PRIVATE KEY" not in text
    assert [request for request in server.requests if request.path.endswith("/secrets/web-tls")]


WATCHING = """
import json, os, stat, sys
made, seen = set(), {}
def look():
    for path in list(made):
        try:
            seen[path] = stat.S_IMODE(os.lstat(path).st_mode)
        except OSError:
            pass
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(FOLDER):
        made.add(arguments[0])
    elif event == "os.mkdir":
        made.add(str(arguments[0]))
    elif event == "subprocess.Popen":
        children.append([str(word) for word in arguments[1]])
    elif event in ("os.remove", "os.rmdir"):
        look()
FOLDER, children = os.environ["TMPDIR"], []
os.umask(0)
sys.addaudithook(hook)
from kubectl_ingress.__main__ import main
from kubectl_ingress.env import Environment
status = main(sys.argv[1:], Environment())
look()
print(json.dumps({"children": children, "files": seen}))
"""


def test_children_are_not_told_and_files_are_private(home: Home) -> None:
    """A login by plugin and certificate, under a umask that forbids nothing."""
    authority = Authority()
    certificate, key = authority.issue("jane", [])
    status = {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}
    printed = {"kind": "ExecCredential", "apiVersion": V1, "status": {**status, "token": TOKEN}}
    home.write("printed", printed)
    plugin = home.script(f"cat {home.folder}/printed")
    user = {"exec": {"apiVersion": V1, "command": plugin, "interactiveMode": "Never"}}
    temporary = home.folder / "temporary"
    temporary.mkdir()
    tls = authority.issue("api", ["127.0.0.1"])
    with serve(lambda method, path: NO, tls=tls, folder=home.folder) as server:
        cluster = {
            "server": server.url,
            "certificate-authority-data": base64.b64encode(authority.pem).decode(),
        }
        home.write(".kube/config", kubeconfig(user, cluster))
        done = subprocess.run(
            [sys.executable, "-c", WATCHING, "status", "-v"],
            env={**os.environ, **home.variables, "TMPDIR": str(temporary)},
            capture_output=True,
            text=True,
            check=True,
        )
    seen = json.loads(done.stdout.splitlines()[-1])
    assert [plugin] in seen["children"]
    secrets = (TOKEN, *key.decode().splitlines()[1:3])
    check(json.dumps(seen["children"]), secrets)
    check(done.stderr, secrets)
    folders = {path for path, mode in seen["files"].items() if mode == 0o700}
    assert folders
    private = [
        mode & 0o077 == 0 or str(Path(path).parent) in folders
        for path, mode in seen["files"].items()
    ]
    assert len(private) > 2
    assert all(private), seen["files"]
    assert [mode for path, mode in seen["files"].items() if path.endswith("key")] == [0o600] * len(
        [path for path in seen["files"] if path.endswith("key")]
    )
    # And nothing of it is left.
    assert list(temporary.iterdir()) == []
