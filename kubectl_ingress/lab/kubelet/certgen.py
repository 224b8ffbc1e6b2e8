"""kube-webhook-certgen, played with the rights of its own ServiceAccount."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import TYPE_CHECKING

from kubectl_ingress.lab import certs
from kubectl_ingress.lab.api import Api, ApiError, Json
from kubectl_ingress.lab.kubelet.workload import Container

if TYPE_CHECKING:
    from kubectl_ingress.lab.kubelet.node import Node

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
HOLD_POLL_SECONDS = 0.05


class CertgenError(Exception):
    """What the program would print before it exits with status 1."""


class Certgen:
    """`create` makes the webhook's certificate, `patch` tells the API server to trust it."""

    def __init__(self, container: Container, node: Node) -> None:
        self._container, self._node = container, node
        self._task: asyncio.Task[int] | None = None

    async def start(self) -> None:
        """See Workload."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def exit_code(self) -> int | None:
        """See Workload."""
        return self._task.result() if self._task is not None and self._task.done() else None

    async def stop(self, grace: float) -> None:
        """See Workload."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> int:
        while self._node.hold_certgen:
            await asyncio.sleep(HOLD_POLL_SECONDS)
        fatal: tuple[type[Exception], ...] = (ApiError, CertgenError, *self._node.api.lost)
        try:
            api = await self._own_api()
            if "create" in self._container.words:
                await self._create(api)
            else:
                await self._patch(api)
        except fatal as error:
            self._container.write_log(f"fatal: {error}")
            return 1
        return 0

    async def _own_api(self) -> Api:
        """The API as the pod's account sees it, so that missing rights show."""
        account = self._container.pod["spec"].get("serviceAccountName", "default")
        path = f"/api/v1/namespaces/{self._container.namespace}/serviceaccounts/{account}/token"
        answer = await self._node.api.create(path, {"spec": {"expirationSeconds": 600}})
        return self._node.api.as_user(answer["status"]["token"])

    @property
    def _secrets(self) -> str:
        namespace = self._container.flag("namespace", self._container.namespace)
        return f"/api/v1/namespaces/{namespace}/secrets"

    @property
    def _secret(self) -> str:
        return self._container.flag("secret-name")

    async def _create(self, api: Api) -> None:
        if await api.find(f"{self._secrets}/{self._secret}"):
            self._container.write_log("secret already exists")
            return
        hosts = self._container.flag("host").split(",")
        # Signing takes a few milliseconds, but an executor's thread costs as much.
        authority = certs.Authority("nil1")
        pair = authority.issue("nil2", hosts)
        data = {"ca": authority.pair.certificate, "cert": pair.certificate, "key": pair.key}
        body = {
            "metadata": {"name": self._secret},
            "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
        }
        await api.create(self._secrets, body, agent="kube-webhook-certgen")

    async def _patch(self, api: Api) -> None:
        secret = await api.find(f"{self._secrets}/{self._secret}")
        if secret is None or "ca" not in secret.get("data", {}):
            raise CertgenError(f"no secret with '{self._secret}' in the namespace")
        if self._container.flag("patch-validating", "true") == "false":
            return
        path = f"{CONFIGURATIONS}/{self._container.flag('webhook-name')}"
        configuration: Json = await api.get(path)
        for webhook in configuration.get("webhooks", []):
            webhook["clientConfig"]["caBundle"] = secret["data"]["ca"]
            if policy := self._container.flag("patch-failure-policy"):
                webhook["failurePolicy"] = policy
        await api.replace(path, configuration, agent="kube-webhook-certgen")
