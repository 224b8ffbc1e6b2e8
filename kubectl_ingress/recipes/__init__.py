"""One file a controller that can be had: RECIPE, how it is installed, or switched on.

The file's name is what `install` calls it. Beside them are `_catalogue`, which
finds them, and `_github`, `_helm`, which several use.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


class Needs(Struct, frozen=True, kw_only=True):
    """What an Ingress needs so that this controller takes it: for `scaffold`.

    `class_name` goes into ``spec.ingressClassName``, or, `by_annotation`, into
    the old annotation with the field left out. `service` are annotations of the
    Service. `rewrite` is the annotation that sends another path on, "" where
    there is none, `rewrite_as` its value, `rewrite_note` what it takes to count.
    `canary`: it reads ingress-nginx's.
    `note` is for people.
    """

    class_name: str
    by_annotation: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)
    service: Mapping[str, str] = field(default_factory=dict)
    rewrite: str = ""
    rewrite_as: str = "{path}"
    rewrite_note: str = ""
    canary: bool = False
    note: str = ""


class Recipe(Struct, frozen=True, kw_only=True):
    """What there is to know of every one.

    `remark` is one line for someone who knows ingress-nginx. `controller` is
    what `status` calls it where that is not the file's name. `needs` is None
    for those that serve the Gateway API alone.
    """

    title: str
    remark: str
    controller: str = ""
    needs: Needs | None = None


class File(Struct, frozen=True):
    """A file of the project's own repository, as it was when somebody read it."""

    url: str
    sha256: str

    @property
    def name(self) -> str:
        """For messages: the last two parts of its path."""
        return "/".join(self.url.split("/")[-2:])


class Release(Struct, frozen=True, kw_only=True):
    """One version that can be installed without naming a file.

    `shared` are files that belong to several controllers: where somebody else
    brought their objects, those are used. `balanced` are those for places that
    make load balancers, `node_port` those for others.
    """

    version: str
    files: tuple[File, ...]
    shared: tuple[File, ...] = ()
    balanced: tuple[File, ...] = ()
    node_port: tuple[File, ...] = ()


class Manifests(Recipe, frozen=True, kw_only=True):
    """Installed from the project's own manifests, each checked by its digest.

    `releases`: the newest first. `entry` is the Service that requests come in
    by, "" where each Gateway gets its own. `class_kind`, `class_name` and
    `class_value` are the class and the controller it belongs to;
    `class_value` "" where the name alone counts. `class_flag` tells the
    controller another name; `suffixed`: then that stands behind `class_value`.
    `adds_class`: the files lack the class object. `tags` replaces images that
    the files leave open. `by_products` are made by what runs there.
    `caution` is said before it is installed.
    """

    releases: tuple[Release, ...]
    namespace: str
    class_name: str
    class_flag: str
    entry: str = ""
    class_kind: str = "IngressClass"
    class_value: str = ""
    suffixed: bool = False
    adds_class: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    by_products: tuple[tuple[str, str], ...] = ()
    caution: str = ""


class Chart(Recipe, frozen=True, kw_only=True):
    """Installed by the program `helm`, from the project's own chart.

    `repository` is a URL; one of ``oci://`` has the chart below it. `values`
    are nested as in a values file. `service` is the path in them to the
    Service that requests come in by (its keys ``type`` and ``annotations``),
    () where each Gateway gets its own; `entry` is the name of that Service.
    `class_value` and `by_products` are as in Manifests. `makes_class` is a
    class that must be there and that the chart does not make: its name and
    controller. `caution` is said before it is installed.
    """

    repository: str
    chart: str
    version: str
    namespace: str
    release: str
    class_name: str
    class_value: str
    class_kind: str = "IngressClass"
    values: Mapping[str, object] = field(default_factory=dict)
    service: tuple[str, ...] = ()
    entry: str = ""
    makes_class: tuple[str, str] | None = None
    by_products: tuple[tuple[str, str], ...] = ()
    caution: str = ""


class BuiltIn(Recipe, frozen=True, kw_only=True):
    """Part of something bigger, which alone can switch it on.

    `place` is the provider's place where it is, "" for anywhere. `how`
    completes "to have it: …", one step a line.
    """

    how: tuple[str, ...]
    place: str = ""
