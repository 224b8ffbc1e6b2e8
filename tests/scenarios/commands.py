"""What a scenario can do with a cluster, whichever one it plays on: commands, and waiting."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
POLL_SECONDS = 0.05
TIMED_OUT = 124
INFORMATION = re.compile(r"I\d{4} ")


class Commands:
    """A directory with a `kubectl` in bin/, a home, and somewhere a cluster."""

    #: Where the load balancers' names end.
    domain: str

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.bin_dir = directory / "bin"
        self.home = directory / "home"

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of admin, dev (no rights) or viewer (rights by the tests)."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise if something of the cluster has died."""
        raise NotImplementedError

    @property
    def environment(self) -> dict[str, str]:
        """The environment that commands get."""
        scripts = sysconfig.get_path("scripts")
        return {
            "PATH": f"{self.bin_dir}:{scripts}:{SYSTEM_PATH}",
            "HOME": str(self.home),
            "TMPDIR": str(self.directory),
            "KUBECONFIG": str(self.kubeconfig()),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }

    def popen(
        self, *command: str, stdin: bool = False, env: Mapping[str, str | None] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in the bed's environment, for those that go on until they are ended.

        It leads a process group, so that all of it can be ended. ``env`` is laid over the
        environment; None removes a variable.
        """
        changed = self.environment | dict(env or {})
        merged = {name: value for name, value in changed.items() if value is not None}
        return subprocess.Popen(
            command,
            env=merged,
            text=True,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # Looked up in the command's own PATH, not in ours.
            executable=shutil.which(command[0], path=merged.get("PATH")),
        )

    def run(
        self,
        *command: str,
        input: str | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run any command in the bed's environment to its end, whatever its status.

        One that takes too long is ended and has the status 124, as with timeout(1).
        """
        with self.popen(*command, stdin=input is not None, env=env) as process:
            try:
                out, err = process.communicate(input, timeout)
                status = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                status = TIMED_OUT
                err += f"test bed: ended after {timeout:g} s\n"
            except BaseException:
                # Ctrl-C reaches only us: the command has a session of its own.
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(list(command), status, out, err)

    def kubectl(
        self,
        *args: str,
        input: str | None = None,
        check: bool = True,
        env: Mapping[str, str | None] | None = None,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl; with ``check`` a failure is an AssertionError with its words."""
        done = self.run("kubectl", *args, input=input, env=env, timeout=timeout)
        if check and done.returncode != 0:
            command = " ".join(["kubectl", *args])
            raise AssertionError(f"`{command}` exited {done.returncode}:\n{done.stderr}")
        return done

    def ingress(
        self,
        *args: str,
        input: str | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run `kubectl ingress ARGS` through kubectl's own dispatch; never raises."""
        return self.run("kubectl", "ingress", *args, input=input, env=env, timeout=timeout)

    def apply(self, text: str) -> subprocess.CompletedProcess[str]:
        """Apply manifests."""
        return self.kubectl("apply", "-f", "-", input=text)

    def get(self, *args: str) -> Any:
        """What `kubectl get ARGS -o json` gives."""
        return json.loads(self.kubectl("get", *args, "-o", "json").stdout)

    def hostname(self, service: str, namespace: str = "default") -> str:
        """The name of a Service's load balancer; empty while it has none."""
        balancer = self.get("service", service, "-n", namespace)["status"]["loadBalancer"]
        return str(balancer.get("ingress", [{}])[0].get("hostname", ""))

    def endpoints(self, service: str, namespace: str = "default") -> dict[str, str]:
        """The ready endpoints of a Service: pod -> address."""
        label = f"kubernetes.io/service-name={service}"
        return {
            endpoint["targetRef"]["name"]: endpoint["addresses"][0]
            for item in self.get("endpointslices", "-n", namespace, "-l", label)["items"]
            for endpoint in item["endpoints"] or []
            if endpoint["conditions"]["ready"]
        }

    def events(self, name: str) -> list[tuple[str, str]]:
        """The events about objects whose names start so, as (reason, message)."""
        return [
            (event["reason"], event["message"])
            for event in self.get("events", "-A")["items"]
            if event["involvedObject"]["name"].startswith(name)
        ]

    def wait_for(
        self, check: Callable[[], T | Literal[False] | None], seconds: float, what: str
    ) -> T:
        """Call ``check`` until it gives something true, and return that.

        An AssertionError in it counts as not yet. Any other error is an error.
        """
        deadline = time.monotonic() + seconds
        problem = ""
        while True:
            try:
                if result := check():
                    return result
            except AssertionError as error:
                problem = f"; last: {error}"
            self.check()
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}{problem}")
            time.sleep(POLL_SECONDS)

    def log_tails(self, lines: int = 40) -> dict[str, str]:
        """The ends of all logs, without what Kubernetes notes for information only."""
        tails = {}
        for log in sorted(self.directory.glob("*/*.log")):
            text = log.read_text(errors="replace").splitlines()
            telling = [line for line in text if not INFORMATION.match(line)]
            if telling:
                tails[log.name] = "\n".join(telling[-lines:])
        return tails
