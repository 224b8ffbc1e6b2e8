"""In which form kubectl sends what it sends: its requests on their way to a real API server.

`python -m tests.live.protobuf_recorded /usr/bin/kubectl` inside the bed
(tests.realcluster.enter) records that kubectl and the bed's own to
tests/lab/data/protobuf: requests.json has every request that writes, and beside it
are the bodies in protobuf.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from kubectl_ingress.lab.api import Json
from kubectl_ingress.lab.apiserver import protobuf
from kubectl_ingress.lab.apiserver.strategic import without_nulls
from tests.live.tables_bed import running_bed
from tests.realcluster.testbed import Bed

DATA = Path(__file__).parents[1] / "lab" / "data" / "protobuf"
TRIES = 8
#: In this order; the words in braces are files.
COMMANDS = """
create namespace team
create serviceaccount robot
create configmap settings --from-literal=a=b --from-file={bytes}
create secret generic pass --from-literal=user=x --from-file={bytes}
create deployment web --image=nginx:1 --replicas=2 --port=80 -- sleep 5
create job once --image=busybox -- true
create service clusterip a --tcp=80:8080 --tcp=443
create service clusterip headless --clusterip=None
create service nodeport b --tcp=80:8080 --node-port=30123
create service loadbalancer c --tcp=80:http
create service externalname d --external-name=example.com
create ingress web --class=nginx --rule=a.test/*=web:80,tls=cert --rule=b.test/x=web:http \
 --default-backend=web:80 --annotation=a=b
create role reader --verb=get,list --resource=pods,deployments.apps --resource-name=x
create rolebinding readers --role=reader --user=u --group=g --serviceaccount=default:robot
create clusterrole urls --verb=get --non-resource-url=/x
create clusterrole all-of --aggregation-rule=a=b
create clusterrolebinding readers --clusterrole=urls --user=u
create token robot --duration=20m
create -f {manifest}
apply -f {manifest}
apply --server-side --force-conflicts -f {manifest}
replace -f {manifest}
run lone --image=nginx --port=80
expose deployment web --port=80 --name=exposed
scale deployment web --replicas=3
autoscale deployment web --max=3
set image deployment/web nginx=nginx:2
annotate deployment web a=b
label deployment web a=b
patch deployment web -p {{"spec":{{"paused":false}}}}
rollout undo deployment web
rollout restart deployment web
auth can-i create pods
auth can-i --list
auth whoami
cordon {node}
drain {node} --force --ignore-daemonsets --disable-eviction --pod-selector=run=lone
delete deployment web
delete configmap m
"""


@dataclass(frozen=True)
class Sent:
    """A request that writes; the path without its query."""

    method: str
    path: str
    content_type: str
    body: bytes


@contextmanager
def passing(bed: Bed) -> Iterator[tuple[str, list[Sent]]]:
    """The address of a proxy to the bed's API server, where everybody is its administrator."""
    seen: list[Sent] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bed, seen))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(bed: Bed, seen: list[Sent]) -> type[BaseHTTPRequestHandler]:
    url = urlsplit(bed.cluster.url)
    tls = ssl.create_default_context(cafile=str(bed.cluster.ca_file))
    kept = ("accept", "content-type", "user-agent")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command != "GET":
                kind = self.headers.get("Content-Type", "")
                seen.append(Sent(self.command, self.path.partition("?")[0], kind, body))
            headers = {key: value for key, value in self.headers.items() if key.lower() in kept}
            headers["Authorization"] = f"Bearer {bed.cluster.tokens['admin']}"
            onward = http.client.HTTPSConnection(url.hostname or "", url.port, context=tls)
            onward.request(self.command, self.path, body or None, headers)
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.getheader("Content-Type", ""))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def record(program: str, words: dict[str, str]) -> Iterator[tuple[str, list[Sent], Json | None]]:
    """Each command, what it sends, and the object as kubectl prints it where it creates one."""
    with (
        running_bed() as bed,
        passing(bed) as (server, seen),
        tempfile.TemporaryDirectory() as home,
    ):
        node = bed.kubectl("get", "nodes", "-o", "name").stdout.split()[0]
        words = words | {"node": node.removeprefix("node/")}
        environment = {"PATH": os.environ["PATH"], "HOME": home}
        start = [program, "--server", server]
        for line in COMMANDS.strip().splitlines():
            command = [word.format(**words) for word in line.split()]
            created = command[0] == "create" and command[1] not in ("token", "-f")
            printed = None
            if created:
                place = command.index("--") if "--" in command else len(command)
                asked = [*command[:place], "--dry-run=client", "-o", "json", *command[place:]]
                printed = json.loads(_run([*start, *asked], environment))
            for last in (*[False] * TRIES, True):
                seen.clear()
                try:
                    _run([*start, *command], environment)
                    break
                except subprocess.CalledProcessError as error:
                    # What a command needs may have to be made by a controller first.
                    if last:
                        raise AssertionError(f"{line}: {error.stderr}") from error
                    time.sleep(1)
            yield line, list(seen), printed


def _run(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return ran.stdout


def files(folder: Path) -> dict[str, str]:
    """The files of the commands, by the words that stand for them."""
    manifest = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "m"}, "data": {}}
    contents = {
        "bytes": bytes(range(256)),
        "manifest": json.dumps(manifest).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: str(folder / name) for name in contents}


def main(programs: list[str]) -> None:
    """Record all, and write it."""
    DATA.mkdir(exist_ok=True)
    for old in DATA.glob("*.bin"):
        old.unlink()
    found: dict[str, Json] = {}
    with tempfile.TemporaryDirectory() as folder:
        words = files(Path(folder))
        for program in programs:
            version = json.loads(
                _run([program, "version", "--client", "-o", "json"], dict(os.environ))
            )["clientVersion"]["gitVersion"]
            for line, sent, printed in record(program, words):
                for request in sent:
                    told = json.dumps(_told(line, request, printed))
                    versions = found.setdefault(told, {"kubectl": []})["kubectl"]
                    if version not in versions:
                        versions.append(version)
    lines = [json.dumps(more | json.loads(told)) for told, more in found.items()]
    (DATA / "requests.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _told(line: str, request: Sent, printed: Json | None) -> Json:
    """What is written down of a request; a body in protobuf that we can read goes to a file."""
    told: Json = {
        "command": re.sub(r"\s+", " ", line),
        "method": request.method,
        "path": request.path,
        "type": request.content_type,
    }
    known = protobuf.definition_at(request.method, request.path)
    if request.content_type == protobuf.MEDIA_TYPE and known:
        name = "-".join(re.split(r" -|[{}]", line)[0].split()) + ".bin"
        file = DATA / name
        assert not file.exists() or file.read_bytes() == request.body, f"two bodies for {name}"
        file.write_bytes(request.body)
        told |= {"file": name} | ({"object": without_nulls(printed)} if printed else {})
    return told


if __name__ == "__main__":
    main([*sys.argv[1:], os.environ["KUBECTL"]])
