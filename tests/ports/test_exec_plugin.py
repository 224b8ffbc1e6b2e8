"""Exec plugins: real programs, run as the kubeconfig says."""

from __future__ import annotations

import base64
import io
import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_ingress.ports import exec_plugin
from kubectl_ingress.ports.login import Login
from tests.kubeconfigs import V1, Home, credential, kubeconfig, plugin, refusal_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_plugin_gives_a_token_and_is_not_run_again(home: Home) -> None:
    script = home.script(f"echo x >> {home.folder}/runs; echo '{credential(token='t')}'")
    login, _ = home.login(plugin(script))
    assert login.current().authorization == "Bearer t"
    assert login.current().authorization == "Bearer t"
    assert (home.folder / "runs").read_text() == "x\n"


@pytest.mark.parametrize("stamp", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.123456789+02:00"])
def test_a_plugin_runs_again_when_its_credentials_are_over(home: Home, stamp: str) -> None:
    runs = home.folder / "runs"
    answer = credential(token="COUNT", expirationTimestamp=stamp)
    count = f"echo x >> {runs}; count=$(wc -l < {runs})"
    script = home.script(f"{count}; echo '{answer}' | sed s/COUNT/t$count/")
    login, _ = home.login(plugin(script))
    assert [login.current().authorization for _ in range(2)] == ["Bearer t1", "Bearer t2"]


def test_after_a_401_a_plugin_runs_once_more(home: Home) -> None:
    tokens = home.write("tokens", credential(token="one"))
    login, _ = home.login(plugin(home.script(f"cat {tokens}")))
    first = login.current()
    assert login.renew(first) is False
    tokens.write_text(credential(token="two"))
    assert login.renew(first) is True
    assert login.renew(first) is True
    assert login.current().authorization == "Bearer two"


def test_a_plugin_is_told_about_the_cluster(home: Home) -> None:
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
    cluster = {
        "server": "https://x.test",
        "certificate-authority-data": base64.b64encode(b"PEM").decode(),
        "tls-server-name": "y.test",
        "extensions": [extension],
    }
    told = home.folder / "told"
    body = f'printf %s "$KUBERNETES_EXEC_INFO" > {told}; echo "$1 $KEY" >> {told}'
    script = home.script(f"{body}; echo '{credential(token='t')}'")
    environment = [{"name": "KEY", "value": "value"}]
    user = plugin(script, provideClusterInfo=True, args=["arg"], env=environment)
    login, _ = home.login(user, cluster=cluster)
    login.current()
    info, _, words = told.read_text().rpartition("}")
    assert words == "arg value\n"
    assert json.loads(info + "}") == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://x.test",
                "tls-server-name": "y.test",
                "certificate-authority-data": base64.b64encode(b"PEM").decode(),
                "config": {"audience": "x"},
            },
        },
    }


def test_an_extension_that_is_no_json(home: Home) -> None:
    extension = "[{name: client.authentication.k8s.io/exec, extension: &x {a: *x}}]"
    cluster = {"server": "https://x.test", "extensions": "EXTENSIONS"}
    config = kubeconfig(plugin("true", provideClusterInfo=True), cluster)
    home.write(".kube/config", json.dumps(config).replace('"EXTENSIONS"', extension))
    login = Login(home.resolve(), home.variables, io.StringIO())
    assert "cannot be written as JSON" in refusal_of(login.current)[0]


def test_a_failing_plugin_is_an_error_with_its_last_line_and_hint(home: Home) -> None:
    script = home.script("printf 'wait\\nnot logged \\033[1min\\n\\n' >&2; exit 3")
    login, said = home.login(plugin(script, installHint="run: login"))
    sentence, next_step = refusal_of(login.current)
    assert sentence == (
        f'the exec plugin of user "dev" failed with exit status 3: {script}: not logged \x1b[1min'
    )
    assert next_step == "run: login"
    # What it says is shown as it comes, but without control over the terminal.
    assert said.getvalue() == "wait\nnot logged \\x1b[1min\n\n"


def test_a_failing_plugin_is_tried_again_where_it_was_asked_for(home: Home) -> None:
    config = home.write("other", kubeconfig(plugin(home.script("exit 3"))))
    access = home.resolve(kubeconfig=str(config), namespace="shop")
    login = Login(access, home.variables, io.StringIO())
    assert refusal_of(login.current)[1] == (
        "log in again as your provider says, then try: "
        f"kubectl get --raw /version --kubeconfig {config}"
    )


def test_a_plugin_ended_by_a_signal(home: Home) -> None:
    login, _ = home.login(plugin(home.script("kill -9 $$")))
    assert "failed with signal 9" in refusal_of(login.current)[0]


def test_a_plugin_that_is_not_installed(home: Home) -> None:
    login, _ = home.login(plugin("no-such-program", installHint="install it"))
    sentence, next_step = refusal_of(login.current)
    assert sentence == 'the exec plugin of user "dev" is not installed: no-such-program'
    assert next_step == "install it"


def test_a_plugin_that_is_no_program(home: Home) -> None:
    path = home.write("login", "not a program", 0o700)
    login, _ = home.login(plugin(str(path)))
    sentence, _ = refusal_of(login.current)
    assert sentence.startswith('the exec plugin of user "dev" cannot be run')
    assert sentence.endswith("Exec format error")


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        ("hello", "did not print an ExecCredential"),
        ("", "did not print an ExecCredential"),
        ("{{", "not valid YAML"),
        ("[" * 100_000, "not valid YAML"),
        ('{"kind": "Secret"}', 'is a "Secret", not an ExecCredential'),
        (credential(token="t").replace("/v1", "/v1beta1"), "the kubeconfig says"),
        (credential(), "holds neither a token nor a certificate"),
        (credential(token=7), "has a token that is not a string"),
        (credential(clientKeyData="x"), "holds only one of certificate and key"),
        (credential(token="t", expirationTimestamp="soon"), "an expirationTimestamp that is no"),
        (credential(token="t", expirationTimestamp="2026-01-01T00:00:00"), "that is no time"),
        (credential().replace("{}", "3"), "is not a mapping"),
        ("x" * (4 * 1024 * 1024 + 1), "printed more than 4 MiB"),
    ],
)
def test_a_plugin_that_prints_something_else(home: Home, output: str, wanted: str) -> None:
    path = home.write("output", output)
    login, _ = home.login(plugin(home.script(f"cat {path}")))
    sentence, next_step = refusal_of(login.current)
    assert wanted in sentence
    assert f"{home.folder}/login" in sentence
    assert next_step == "check the plugin's version and its arguments in the kubeconfig"


def test_a_plugin_without_a_terminal_to_ask_on(home: Home) -> None:
    script = home.script(f"echo '{credential(token='t')}'")
    login, _ = home.login(plugin(script, interactiveMode="Always"))
    assert "needs a terminal" in refusal_of(login.current)[0]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"command": ""}, "has no command"),
        ({"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "only v1 and v1beta1"),
        ({"interactiveMode": ""}, "needs an interactiveMode"),
        ({"interactiveMode": "Sometimes"}, "needs an interactiveMode"),
        ({"env": [{"name": "a=b"}]}, "an env entry without a usable name"),
    ],
)
def test_a_plugin_that_kubectl_refuses(home: Home, change: dict[str, Any], wanted: str) -> None:
    config = kubeconfig(plugin("login", **change))
    assert wanted in refusal_of(lambda: home.resolve(config))[0]


def test_a_command_with_a_slash_is_relative_to_its_file(home: Home) -> None:
    entry = home.resolve(kubeconfig(plugin("bin/login"))).credentials.plugin
    assert entry is not None
    assert entry.command == f"{home.folder}/.kube/bin/login"


def test_a_plugin_asks_on_the_terminal(home: Home) -> None:
    answer = credential(token="TOKEN")
    ask = "printf 'Password: ' >&2; read -r password"
    script = home.script(f"{ask}; echo '{answer}' | sed \"s/TOKEN/$password/\"")
    home.write(".kube/config", kubeconfig(plugin(script, interactiveMode="Always")))
    keyboard, terminal = pty.openpty()
    process = _run_login(home, terminal)
    assert process.stderr is not None
    # The question is there before the answer: it is not held back for its line to end.
    said = b""
    while not said.endswith(b"Password: "):
        said += os.read(process.stderr.fileno(), 100)
    os.write(keyboard, b"secret\n")
    output, _ = process.communicate(timeout=10)
    os.close(keyboard)
    os.close(terminal)
    assert output == b"Bearer secret\n"


def test_a_plugin_that_takes_its_time_is_told_of_unless_it_speaks(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_plugin, "_SILENT_SECONDS", 0.2)
    for speaks, wanted in (("", "waiting for the exec plugin"), ("echo look >&2;", "look\n")):
        script = home.script(f"{speaks} sleep 1; echo '{credential(token='t')}'")
        login, said = home.login(plugin(script))
        assert login.current().authorization == "Bearer t"
        assert said.getvalue().startswith(wanted)
        assert len(said.getvalue().splitlines()) == 1
    quick, said = home.login(plugin(home.script(f"echo '{credential(token='t')}'")))
    quick.current()
    time.sleep(0.4)
    assert said.getvalue() == ""


def test_ctrl_c_ends_a_plugin_that_waits_for_ever(home: Home) -> None:
    script = home.script("trap '' INT; echo $$ >&2; sleep 60 & wait")
    home.write(".kube/config", kubeconfig(plugin(script)))
    process = _run_login(home, subprocess.DEVNULL)
    assert process.stderr is not None
    # What it says is passed on once it is waited for: not while it is only being started.
    plugin_process = int(process.stderr.readline())
    process.send_signal(2)
    _, said = process.communicate(timeout=10)
    assert b"KeyboardInterrupt" in said
    _until(lambda: _has_ended(plugin_process))


def _run_login(home: Home, stdin: int) -> subprocess.Popen[bytes]:
    """A process that prints the Authorization of the home's kubeconfig."""
    code = (
        # What runs in the background of a shell inherits that Ctrl-C is ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import os, sys; from kubectl_ingress.connection import ClusterOptions\n"
        "from kubectl_ingress.ports.access import resolve\n"
        "from kubectl_ingress.ports.login import Login\n"
        "login = Login(resolve(ClusterOptions(), os.environ), os.environ, sys.stderr)\n"
        "print(login.current().authorization)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**home.variables, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _has_ended(process: int) -> bool:
    """Whether it runs no more; whoever inherits it may take its time to ask for its status."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
