"""What the admission webhook of the played ingress-nginx answers: the routing model's word.

The one place of the lab that knows the model: a webhook that let everything pass would teach
what no cluster does. Whatever the tag of the image, it is the webhook of 1.15.
"""

from __future__ import annotations

import asyncio
import json

from kubectl_ingress.controllers import ingress_nginx
from kubectl_ingress.controllers._ingress_nginx.admission import Rules, review, warnings
from kubectl_ingress.controllers._profile import Told
from kubectl_ingress.core.objects import Origin
from kubectl_ingress.core.parse import parse_snapshot
from kubectl_ingress.lab.api import Api, ApiError, Json
from kubectl_ingress.lab.serving import Request, Response

# What the controller goes by, beside its flags.
_READ = (
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/networking.k8s.io/v1/ingressclasses",
    "/api/v1/configmaps",
)
_ORIGIN = Origin()


class Webhook:
    """The webhook of one controller: `words` are its command line, `namespace` is its own.

    The requests of all reviews are kept in `asked`. Without `judges` all pass: to judge
    takes 0.1 ms for each Ingress that is stored, which is not for who measures something else.
    """

    def __init__(self, api: Api, words: list[str], namespace: str, asked: list[Json]) -> None:
        self._api, self._told = api, Told(tuple(words), namespace=namespace)
        self._asked = asked
        self.judges = True

    async def answer(self, request: Request) -> Response:
        """Answer an AdmissionReview; a dry run is judged like any other."""
        asked = json.loads(request.body)
        self._asked.append(asked["request"])
        unread: tuple[type[Exception], ...] = (ApiError, *self._api.lost)
        try:
            response = await self._response(asked["request"])
        except unread as error:
            return Response(500, str(error))
        head = {"apiVersion": asked["apiVersion"], "kind": "AdmissionReview"}
        return Response(200, json.dumps(head | {"response": response}), "application/json")

    async def _response(self, request: Json) -> Json:
        if not self.judges:
            return {"uid": request["uid"], "allowed": True}
        obj: Json = request.get("object") or {}
        meta: Json = obj.get("metadata") or {}
        # The real one has the other Ingresses in its memory.
        lists = await asyncio.gather(*map(self._listed, _READ))
        items = [(item, _ORIGIN) for listed in lists for item in listed]
        # The last of two with one name is kept: it takes the place of the version before it.
        snapshot = parse_snapshot([*items, (obj, _ORIGIN)])
        ingress = snapshot.ingress_by_key.get((request.get("namespace", ""), meta.get("name", "")))
        answer: Json = {"uid": request["uid"], "allowed": True}
        # Nothing is to be made, or what is there is about to go.
        if not obj or ingress is None or meta.get("deletionTimestamp"):
            return answer
        rules = Rules.of(ingress_nginx.settings_of(self._told, snapshot))
        if said := warnings(ingress, rules):
            answer["warnings"] = list(said)
        if refusal := review(snapshot, ingress, rules):
            status = {"status": "Failure", "reason": "BadRequest", "code": 400}
            answer |= {"allowed": False, "status": status | {"message": refusal}}
        return answer

    async def _listed(self, path: str) -> list[Json]:
        listed = await self._api.get(path)
        # Items of lists do not say what they are.
        head = {"apiVersion": listed["apiVersion"], "kind": listed["kind"].removesuffix("List")}
        return [head | item for item in listed["items"]]
