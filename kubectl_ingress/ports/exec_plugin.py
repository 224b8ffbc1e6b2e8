"""Runs the exec plugin of a kubeconfig and reads the credentials it prints.

The protocol is client.authentication.k8s.io
(https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
A plugin that fails is an error: nothing is ever sent anonymously instead.
There is no deadline, because it may wait for a person in a browser; Ctrl-C
ends it. One that takes its time without a word of its own is told of.
"""

from __future__ import annotations

import base64
import codecs
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import IO, TextIO

from msgspec import Struct

from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import KubeconfigError
from kubectl_ingress.ports.access import EXEC_EXTENSION, Access
from kubectl_ingress.ports.credentials import CertificatePair, ExecPlugin, Hidden
from kubectl_ingress.ports.kubeconfig import Fields, load_yaml

_MAX_OUTPUT = 4 * 1024 * 1024
_CHECK_PLUGIN = "check the plugin's version and its arguments in the kubeconfig"
# Those of the clouds take one or two.
_SILENT_SECONDS = 5.0


class PluginCredentials(Hidden, Struct, frozen=True):
    """What a plugin printed. `expires` is in seconds since the epoch, None for never."""

    token: str = ""
    pair: CertificatePair | None = None
    expires: float | None = None


def run_plugin(
    plugin: ExecPlugin, access: Access, variables: Mapping[str, str], stderr: TextIO
) -> PluginCredentials:
    """Run it once; what it says on its standard error appears on `stderr` as it comes.

    Raises KubeconfigError.
    """
    process = _start(plugin, access, variables)
    output, said = _communicate(process, stderr, f"waiting for {plugin.where}: {plugin.command}")
    if len(output) > _MAX_OUTPUT:
        raise KubeconfigError(
            f"{plugin.where} printed more than 4 MiB: {plugin.command}",
            plugin.install_hint or _CHECK_PLUGIN,
        )
    if process.returncode != 0:
        raise _failure(plugin, process.returncode, said)
    return parse_output(plugin, output)


def _start(
    plugin: ExecPlugin, access: Access, variables: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    interactive = _is_interactive(plugin)
    program = shutil.which(plugin.command, path=variables.get("PATH"))
    if program is None:
        raise KubeconfigError(
            f"{plugin.where} is not installed: {plugin.command}",
            plugin.install_hint or f"install {plugin.command}, or check the PATH",
        )
    environment = {**variables, **dict(plugin.env)}
    environment["KUBERNETES_EXEC_INFO"] = exec_info(plugin, access, interactive)
    try:
        return subprocess.Popen(
            [program, *plugin.args],
            env=environment,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise KubeconfigError(
            f"{plugin.where} cannot be run: {plugin.command}: {reason}",
            plugin.install_hint or "check the path, and who may run it",
        ) from error


def _is_interactive(plugin: ExecPlugin) -> bool:
    terminal = sys.stdin is not None and sys.stdin.isatty()
    if plugin.interactive_mode == "Always" and not terminal:
        raise KubeconfigError(
            f"{plugin.where} needs a terminal, and standard input is none: {plugin.command}",
            "run the command in a terminal, without a pipe into it",
        )
    return terminal and plugin.interactive_mode != "Never"


def exec_info(plugin: ExecPlugin, access: Access, interactive: bool) -> str:
    """KUBERNETES_EXEC_INFO: an ExecCredential without a status, as JSON."""
    spec: dict[str, object] = {"interactive": interactive}
    if plugin.provide_cluster_info:
        cluster: dict[str, object] = {"server": access.server}
        if access.tls_server_name:
            cluster["tls-server-name"] = access.tls_server_name
        if access.insecure:
            cluster["insecure-skip-tls-verify"] = True
        if access.ca:
            cluster["certificate-authority-data"] = base64.b64encode(access.ca).decode()
        if access.proxy_url:
            cluster["proxy-url"] = access.proxy_url
        if not access.compress:
            cluster["disable-compression"] = True
        cluster["config"] = access.exec_config
        spec["cluster"] = cluster
    info = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}
    try:
        return json.dumps(info, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        extension = f'the extension {EXEC_EXTENSION} of the cluster "{access.cluster}"'
        raise KubeconfigError(
            f"{extension} cannot be written as JSON: {error}", "correct it in the kubeconfig"
        ) from error


def _communicate(
    process: subprocess.Popen[bytes], stderr: TextIO, waiting: str
) -> tuple[bytes, str]:
    """Its whole output, and the last line it said on its standard error.

    `waiting` is shown where it says nothing for a while.
    """
    if process.stdout is None or process.stderr is None:
        raise AssertionError("started without pipes")
    said: list[str] = []
    forwarder = threading.Thread(target=_forward, args=(process.stderr, stderr, said), daemon=True)

    def tell() -> None:
        if not said:
            print(printable(waiting), file=stderr, flush=True)

    teller = threading.Timer(_SILENT_SECONDS, tell)
    teller.daemon = True
    try:
        forwarder.start()
        teller.start()
        output = process.stdout.read(_MAX_OUTPUT + 1)
        if len(output) > _MAX_OUTPUT:
            process.kill()
        process.wait()
    except BaseException:
        # Ctrl-C: the plugin has had it too, but may not care.
        process.kill()
        process.wait()
        raise
    finally:
        teller.cancel()
    # A browser that the plugin has started may hold the pipe open for hours.
    forwarder.join(timeout=1)
    lines = [line.strip() for line in "".join(said).splitlines() if line.strip()]
    return output, lines[-1] if lines else ""


def _forward(source: IO[bytes], stderr: TextIO, said: list[str]) -> None:
    """Copy as it comes, not by lines: a question waits for its answer without one."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while chunk := source.read1(4096):  # type: ignore[attr-defined]  # a BufferedReader
        text = decoder.decode(chunk)
        said.append(text)
        del said[:-16]
        shown = "\n".join(printable(line.expandtabs().rstrip("\r")) for line in text.split("\n"))
        stderr.write(shown)
        stderr.flush()


def _failure(plugin: ExecPlugin, status: int, last_line: str) -> KubeconfigError:
    how = f"exit status {status}" if status > 0 else f"signal {-status}"
    why = f": {last_line}" if last_line else ""
    return KubeconfigError(
        f"{plugin.where} failed with {how}: {plugin.command}{why}",
        plugin.install_hint or f"log in again as your provider says, then try: {plugin.again}",
    )


def parse_output(plugin: ExecPlugin, output: bytes) -> PluginCredentials:
    """What a plugin printed -> credentials. Raises KubeconfigError, naming the command."""
    source = f"{plugin.where} ({plugin.command})"
    hint = plugin.install_hint or _CHECK_PLUGIN
    try:
        data = json.loads(output)
    except (ValueError, RecursionError):
        # The protocol's own decoder reads YAML as well.
        data = load_yaml(output.decode("utf-8", "replace"), f"{source} printed", hint)
    if not isinstance(data, dict):
        raise KubeconfigError(f"{source} did not print an ExecCredential", hint)
    answer = Fields(data, "", f"the answer of {source}", hint)
    kind, version = answer.text("kind"), answer.text("apiVersion")
    if kind != "ExecCredential":
        raise answer.error(f'is a "{kind}", not an ExecCredential')
    if version != plugin.api_version:
        raise answer.error(f'has apiVersion "{version}", the kubeconfig says {plugin.api_version}')
    status = answer.child("status")
    certificate, key = status.text("clientCertificateData"), status.text("clientKeyData")
    token = status.text("token")
    if not (token or certificate or key):
        raise answer.error("holds neither a token nor a certificate with its key")
    if bool(certificate) != bool(key):
        raise answer.error("holds only one of certificate and key")
    pair = CertificatePair(certificate.encode(), key.encode()) if certificate else None
    return PluginCredentials(token, pair, _expiry(status))


def _expiry(status: Fields) -> float | None:
    text = status.text("expirationTimestamp")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise status.error(f'has an expirationTimestamp that is no time: "{text}"') from error
