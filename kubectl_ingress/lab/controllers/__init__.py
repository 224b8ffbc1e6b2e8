"""The controllers of the lab: what kube-controller-manager does, as far as the road needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from kubectl_ingress.lab.api import Api
from kubectl_ingress.lab.controllers.daemonsets import DaemonSets
from kubectl_ingress.lab.controllers.deployments import Deployments
from kubectl_ingress.lab.controllers.endpoints import Endpoints
from kubectl_ingress.lab.controllers.endpointslices import EndpointSlices
from kubectl_ingress.lab.controllers.finished_jobs import FinishedJobs
from kubectl_ingress.lab.controllers.garbage import Garbage
from kubectl_ingress.lab.controllers.jobs import Jobs
from kubectl_ingress.lab.controllers.namespaces import Namespaces
from kubectl_ingress.lab.controllers.objects import Objects
from kubectl_ingress.lab.controllers.queue import Queue
from kubectl_ingress.lab.controllers.replicasets import ReplicaSets

Spawn = Callable[[Coroutine[Any, Any, None], str], object]


class Controller(Protocol):
    """Something that looks at objects, one at a time for each of its queues."""

    @property
    def queues(self) -> Sequence[Queue[Any]]:
        """What it has to look at."""


def start(spawn: Spawn, api: Api, authority: str) -> None:
    """Start all controllers, inside the event loop.

    `spawn` lets a coroutine run by itself under a name; `authority` is the cluster's CA in PEM.
    """
    objects = Objects(api)
    controllers: list[Controller] = [
        Namespaces(objects, authority),
        Deployments(objects),
        ReplicaSets(objects),
        DaemonSets(objects),
        Jobs(objects),
        FinishedJobs(objects),
        EndpointSlices(objects),
        Endpoints(objects),
        Garbage(objects),
    ]
    spawn(_run(spawn, objects, controllers), "controllers")


async def _run(spawn: Spawn, objects: Objects, controllers: Sequence[Controller]) -> None:
    for cache in objects.caches:
        spawn(cache.follow(), f"cache of {cache.resource.plural}")
    # Nobody may take for missing what is only not read yet.
    await asyncio.gather(*(cache.fill() for cache in objects.caches))
    for controller in controllers:
        for queue in controller.queues:
            spawn(queue.run(), queue.name)
