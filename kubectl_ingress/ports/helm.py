"""The program `helm`: this module alone runs it, and what it prints is read here alone.

Its arguments are a list, never a shell's line. It is led to the cluster by
flags; the token goes by its environment, for a command line is everybody's to
read. What stands in that environment of another cluster is left out. It keeps
its records in Secrets (https://helm.sh/docs/topics/advanced/#storage-backends).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from kubectl_ingress.connection import ClusterOptions
from kubectl_ingress.core.text import printable
from kubectl_ingress.errors import (
    ApiConflict,
    ApiError,
    ApiFailed,
    ApiForbidden,
    ApiNotFound,
    ApiRefused,
    ApiUnauthorized,
    ApiUnreachable,
    IngressError,
    InputError,
    NotOurs,
    NotReady,
    UsageError,
)

WHERE = "get it: https://helm.sh/docs/intro/install/"
# Since 3.13 a release bears labels, and `template` may look into the cluster.
_LEAST = (3, 13)
_LOCAL_SECONDS = 60.0
_FETCH_SECONDS = 300.0
_ASK_SECONDS = 90.0
# Beside what its hooks may take.
_WRITE_SECONDS = 180.0
# A helm that is told to stop writes down how far it came.
_STOP_SECONDS = 20.0
_TICK_SECONDS = 0.2
_LONGEST = 600
_KEPT_REVISIONS = "10"
_NO_KIND = "no matches for kind"

# They would lead to another cluster, to another record, or make it talk.
_ELSEWHERE = re.compile(r"HELM_(KUBE\w*|NAMESPACE|DRIVER\w*|DEBUG)")
_FLAGS = {
    "kubeconfig": "--kubeconfig",
    "server": "--kube-apiserver",
    "certificate_authority": "--kube-ca-file",
    "tls_server_name": "--kube-tls-server-name",
    "as_user": "--kube-as-user",
}
_WITHOUT_FLAG = {
    "cluster": "--cluster",
    "user": "--user",
    "client_certificate": "--client-certificate",
    "client_key": "--client-key",
    "as_uid": "--as-uid",
}
# What a failure is, by helm's own words and by those of the API that it repeats.
_MEANINGS: tuple[tuple[str, type[IngressError]], ...] = (
    (r"another operation \(install/upgrade/rollback\) is in progress", ApiConflict),
    (r"sh\.helm\.release\S* already exists", ApiConflict),
    (r"release: not found|Release not loaded", ApiNotFound),
    (r"invalid ownership metadata", NotOurs),
    (r"forbidden", ApiForbidden),
    (r"Unauthorized|must be logged in", ApiUnauthorized),
    (r"timed out waiting|context deadline exceeded|hooks? .*failed|Job failed", NotReady),
    (r"cluster unreachable|connection refused|i/o timeout|dial tcp|\bEOF\b", ApiUnreachable),
    (r"conflict", ApiConflict),
    (r"is invalid|denied the request|admission webhook|cannot patch", ApiRefused),
)


class HelmMissing(UsageError):
    """The program is not on PATH, or too old."""


class Revision(Struct, frozen=True):
    """One entry of a release's record: `chart` is name and version, ``ingress-0.24.0``."""

    number: int
    status: str
    chart: str
    said: str = ""

    @property
    def pending(self) -> bool:
        """Whether helm is at work on it, or was broken off."""
        return self.status.startswith("pending-")


class Release(Struct, frozen=True):
    """Which release is meant."""

    name: str
    namespace: str

    @property
    def title(self) -> str:
        """``Helm release kong/kong``."""
        return f"Helm release {self.namespace}/{self.name}"

    @property
    def words(self) -> list[str]:
        """As arguments."""
        return [self.name, "--namespace", self.namespace]


def find_helm(variables: Mapping[str, str]) -> Helm:
    """The program on PATH. Raises HelmMissing."""
    program = shutil.which("helm", path=variables.get("PATH"))
    if program is None:
        raise HelmMissing("the program helm is not on PATH", WHERE)
    helm = Helm(program, variables)
    found = helm.version()
    number = re.match(r"v(\d+)\.(\d+)", found)
    if number is None:
        shown = printable(found[:80])
        raise HelmMissing(f"{program} is not the helm that is meant: its version is {shown}", WHERE)
    if (int(number[1]), int(number[2])) < _LEAST:
        least = ".".join(map(str, _LEAST))
        raise HelmMissing(f"{program} is helm {found}; {least} or newer is needed", WHERE)
    return helm


class Helm:
    """One program, for one cluster once `to` has said which."""

    def __init__(self, program: str, variables: Mapping[str, str]) -> None:
        self._program = program
        self._variables = {k: v for k, v in variables.items() if not _ELSEWHERE.fullmatch(k)}
        self._there: tuple[str, ...] = ()
        self.tick: Callable[[], None] = lambda: None
        """Called while it is at work, several times a second."""

    def to(self, options: ClusterOptions, context: str) -> None:
        """Lead it to the cluster that these flags and this context name. Raises UsageError."""
        missing = [flag for field, flag in _WITHOUT_FLAG.items() if getattr(options, field)]
        if missing:
            raise UsageError(
                f"helm has no flag for {', '.join(missing)}",
                "write it into a context of the kubeconfig, and name that with --context",
            )
        words: list[str] = ["--kube-context", context] if context else []
        for field, flag in _FLAGS.items():
            value = getattr(options, field)
            words += [flag, value] if value else []
        words += [word for group in options.as_group for word in ("--kube-as-group", group)]
        if options.insecure_skip_tls_verify:
            words.append("--kube-insecure-skip-tls-verify")
        if options.token:
            self._variables["HELM_KUBETOKEN"] = options.token
        self._there = tuple(words)

    def version(self) -> str:
        """``v3.22.0``."""
        said = self._run(["version", "--template", "{{.Version}}"], _LOCAL_SECONDS)
        return printable(said.strip())

    def pull(self, repository: str, chart: str, version: str, into: Path) -> Path:
        """The chart as a file in the directory `into`. Raises InputError."""
        is_image = repository.startswith("oci://")
        words = ["pull", f"{repository}/{chart}" if is_image else chart]
        words += [] if is_image else ["--repo", repository]
        words += ["--version", version, "--destination", str(into)]
        try:
            self._run(words, _FETCH_SECONDS)
        except (ApiError, NotReady, NotOurs) as error:
            said = error.sentence.partition(": ")[2] or error.sentence
            what = f"chart {chart} {version} cannot be had from {repository}: {said}"
            raise InputError(what, "check the network and its proxy") from error
        files = list(into.glob("*.tgz"))
        if len(files) != 1:
            raise InputError(f"helm pull left {len(files)} charts where one was asked for", WHERE)
        return files[0]

    def definitions(self, chart: Path) -> bytes:
        """The CustomResourceDefinitions that the chart has apart from its templates."""
        return self._run(["show", "crds", str(chart)], _LOCAL_SECONDS).encode()

    def template(
        self,
        release: Release,
        chart: Path,
        values: Mapping[str, object],
        *,
        upgrade: bool = False,
        kubernetes: str = "",
        apis: Sequence[str] = (),
    ) -> bytes:
        """The chart's objects, rendered. Only with `upgrade` its templates look into the cluster.

        `kubernetes` is the version to render for, `apis` what that cluster
        serves. Raises InputError.
        """
        words = ["template", release.name, str(chart), "--namespace", release.namespace]
        words += ["--skip-tests", "--values", "-"]
        words += ["--kube-version", kubernetes] if kubernetes else []
        words += ["--api-versions", ",".join(apis)] if apis else []
        server = ["--is-upgrade", "--dry-run=server", *self._there] if upgrade else []
        given = json.dumps(values)
        try:
            try:
                return self._run([*words, *server], _ASK_SECONDS, given).encode()
            except ApiFailed as error:
                # Helm 4 looks for kinds that this very version of the chart only brings.
                if not (upgrade and _NO_KIND in error.sentence):
                    raise
            return self._run([*words, "--is-upgrade"], _ASK_SECONDS, given).encode()
        except (ApiRefused, ApiFailed, NotOurs) as error:
            raise InputError(error.sentence, "see what it wants: helm show values") from error

    def history(self, release: Release) -> tuple[Revision, ...]:
        """Its revisions, the oldest first; none where there is no such release."""
        try:
            rows = self._ask(["history", *release.words, "--max", "256"])
        except ApiNotFound:
            return ()
        return tuple(
            Revision(number, *(_text(row, key) for key in ("status", "chart", "description")))
            for row in rows
            if isinstance(number := row.get("revision"), int)
        )

    def is_labelled(self, release: Release, labels: str) -> bool:
        """Whether its record bears these labels (``key=value``)."""
        states = ("deployed", "failed", "pending", "superseded", "uninstalled", "uninstalling")
        words = ["list", "--namespace", release.namespace, *(f"--{each}" for each in states)]
        words += ["--filter", f"^{re.escape(release.name)}$", "--selector", labels]
        return any(_text(row, "name") == release.name for row in self._ask(words))

    def values(self, release: Release) -> Mapping[str, object]:
        """What was set when it was last installed or upgraded."""
        said = self._run(
            ["get", "values", *release.words, "--output", "json", *self._there], _ASK_SECONDS
        )
        found = _parsed(said, "get values")
        return found if isinstance(found, dict) else {}

    def manifest(self, release: Release) -> bytes:
        """The objects of its last revision, as helm has them on record."""
        words = ["get", "manifest", *release.words, *self._there]
        return self._run(words, _ASK_SECONDS).encode()

    def hooks(self, release: Release) -> bytes:
        """What its last revision makes only for a moment; helm forgets it."""
        return self._run(["get", "hooks", *release.words, *self._there], _ASK_SECONDS).encode()

    def upgrade(
        self,
        release: Release,
        chart: Path,
        values: Mapping[str, object],
        labels: str,
        hooks: float,
    ) -> None:
        """Install it, or bring it to this chart and these values; nothing is waited for.

        `hooks` is how many seconds each of its hooks may take.
        """
        words = ["upgrade", release.name, str(chart), "--install", "--skip-crds", "--reset-values"]
        words += ["--namespace", release.namespace, "--labels", labels, "--values", "-"]
        words += ["--history-max", _KEPT_REVISIONS, *_timeout(hooks), *self._there]
        self._run(words, hooks + _WRITE_SECONDS, json.dumps(values))

    def rollback(self, release: Release, revision: int, hooks: float) -> None:
        """Bring it back to what this revision was; nothing is waited for."""
        words = ["rollback", release.name, str(revision), "--namespace", release.namespace]
        words += ["--history-max", _KEPT_REVISIONS, *_timeout(hooks), *self._there]
        self._run(words, hooks + _WRITE_SECONDS)

    def uninstall(self, release: Release, seconds: float) -> bool:
        """Remove what it holds, wait until that is gone; False where there was no such release."""
        words = ["uninstall", *release.words, "--wait", *_timeout(seconds), *self._there]
        try:
            self._run(words, seconds + _WRITE_SECONDS)
        except ApiNotFound:
            return False
        return True

    def _ask(self, words: Sequence[str]) -> list[Mapping[str, object]]:
        asked = [*words, "--output", "json", *self._there]
        rows = _parsed(self._run(asked, _ASK_SECONDS), words[0])
        return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []

    def _run(self, words: Sequence[str], seconds: float, stdin: str = "") -> str:
        """What it prints. Raises IngressError for its failure, NotReady where it takes longer."""
        try:
            process = subprocess.Popen(
                [self._program, *words],
                env=self._variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C is ours alone: helm is told to stop once, and then not twice.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise HelmMissing(f"{self._program} cannot be run: {why}", WHERE) from error
        try:
            _feed(process, stdin.encode())
            out, said = self._communicate(process, seconds)
        except BaseException:
            _stop(process)
            raise
        if process.returncode != 0:
            raise _failure(words[0], process.returncode, said.decode("utf-8", "replace"))
        return out.decode("utf-8", "replace")

    def _communicate(self, process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return process.communicate(timeout=_TICK_SECONDS)
            except subprocess.TimeoutExpired as error:
                self.tick()
                if time.monotonic() >= deadline:
                    what = f"helm did not end within {seconds:.0f} s"
                    raise NotReady(what, "The same command again goes on from there.") from error


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Give it what it reads, however slowly: `communicate` forgets the rest at a timeout."""
    stdin, process.stdin = process.stdin, None

    def write() -> None:
        # It need not read all of it.
        if stdin is not None:
            with suppress(OSError), stdin:
                stdin.write(data)

    threading.Thread(target=write, daemon=True).start()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _timeout(seconds: float) -> Iterator[str]:
    yield from ("--timeout", f"{max(seconds, 1):.0f}s")


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return printable(value) if isinstance(value, str) else ""


def _parsed(text: str, what: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ApiFailed(f"helm {what} printed something else than JSON", WHERE) from error


def _failure(verb: str, status: int, stderr: str) -> IngressError:
    lines = stderr.strip().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    # Warnings stand before it, and what it says may have several lines.
    told = " ".join(" ".join(lines[starts[-1] if starts else 0 :]).split())
    said = printable(told.removeprefix("Error: "))
    if len(said) > _LONGEST:
        said = f"{said[: _LONGEST // 2]} … {said[-_LONGEST // 2 :]}"
    how = f"exit status {status}" if status > 0 else f"signal {-status}"
    sentence = f"helm {verb} failed: {said or how}"
    for words, meaning in _MEANINGS:
        if re.search(words, said):
            return meaning(sentence)
    return ApiFailed(sentence)
