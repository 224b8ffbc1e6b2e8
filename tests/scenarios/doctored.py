"""`doctor` and `test` as scenarios ask them: their JSON, and the commands that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"


def examined(bed: World, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and the lines of one look."""
    done = bed.ingress("doctor", *words, "-o", "json")
    assert done.returncode in (0, 1), done.stderr
    checks: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
    broken = any(one["state"] == "error" for one in checks)
    assert done.returncode == int(broken)
    return done.returncode, checks


def found(bed: World, code: str, *words: str, seconds: float = 20) -> dict[str, Any]:
    """The line with this code, however long the cluster takes to show it."""

    def look() -> dict[str, Any]:
        _, checks = examined(bed, *words)
        of_code = [one for one in checks if one["code"] == code]
        assert of_code, [(one["label"], one["code"]) for one in checks if one["code"]]
        return of_code[0]

    return bed.wait_for(look, seconds, f"doctor finds {code}")


def gone(bed: World, code: str, *words: str, seconds: float = 30) -> None:
    """Wait until no line has this code."""

    def look() -> bool:
        _, checks = examined(bed, *words)
        left = [one["message"] for one in checks if one["code"] == code]
        assert not left, left
        return True

    bed.wait_for(look, seconds, f"doctor finds no {code} any more")


def mend(bed: World, fix: str, line: int = 0) -> None:
    """Run a command that was named as the fix."""
    command = fix.splitlines()[line]
    assert command.startswith("kubectl "), command
    done = bed.run("bash", "-c", command)
    assert done.returncode == 0, done.stderr


def asked(bed: World, *words: str, code: str, seconds: float = 15) -> dict[str, Any]:
    """The JSON of a `test` that ends in this code, "" when it passes."""

    def look() -> dict[str, Any]:
        done = bed.ingress("test", *words, "-o", "json")
        assert done.returncode in (0, 1), done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        assert result["verdict"]["code"] == (code or None), result["verdict"]
        return result

    return bed.wait_for(look, seconds, f"`test {' '.join(words)}` says {code or 'passed'}")


def deploy(bed: World, name: str, *words: str, namespace: str, port: int = 8080) -> None:
    """A Deployment that answers with its pod's name, and its Service on port 80."""
    image = f"--image={AGNHOST}"
    command = words or ("/agnhost", "serve-hostname", f"--port={port}")
    bed.kubectl(
        "create", "deployment", name, "-n", namespace, image, f"--port={port}", "--", *command
    )
    bed.kubectl("expose", "deployment", name, "-n", namespace, "--port=80", f"--target-port={port}")
    bed.kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=60s")
