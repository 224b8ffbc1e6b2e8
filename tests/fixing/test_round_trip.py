"""Nothing but the mended words changes: comments, order, indentation, line ends, and encodings."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from tests import golden
from tests.fixing.mending import fixed, linted

NGINX = "nginx.ingress.kubernetes.io"
WRONG, RIGHT = f"{NGINX}/proxy-bdy-size", f"{NGINX}/proxy-body-size"
PATHS = "[{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]"

# Each with one or more of the misspelt name, or a boolean that wants quotes.
TEXTS = {
    "odd indentation": f"""\
# head
apiVersion:   networking.k8s.io/v1
kind: Ingress   # the kind
metadata:
     name:   web
     annotations:
           # before
           {WRONG}:   8m     # beside
           # after
     labels:
      app:     web

spec:
        ingressClassName:    nginx
        rules:
        -   host: a.example
            http:  {{paths: {PATHS}}}
# tail
""",
    "flow": f"""\
{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: web, annotations: {{
  {WRONG}: 8m,   "other/one":   'x' }}}},
  spec: {{ingressClassName: nginx, rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]}}}}
""",
    "quoted keys": f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: {{"{WRONG}": "8m", '{NGINX}/ssl-redirect': "true"}}
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
""",
    "no end of line": f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
spec: {{ingressClassName: nginx, rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]}}
metadata:
  name: web
  annotations:
    {WRONG}: 8m""",
    "block scalars": f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    first: |
      {WRONG}: 8m
      # no comment

      end
    {WRONG}: >-
      8m
    last: |+
      kept

spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
""",
    "anchors elsewhere": f"""\
x: &both {{app: web}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  labels: *both
  annotations:
    {WRONG}: 8m
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: &paths {{paths: {PATHS}}}}}, {{host: b.example, http: *paths}}]
""",
    "merge keys elsewhere": f"""\
x: &both {{app: web}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  labels:
    <<: *both
    tier: front
  annotations:
    {WRONG}: 8m
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
""",
    "several documents": f"""\
%YAML 1.1
---
# first, with a tab in a comment:\there
apiVersion: v1
kind: Service
metadata: {{name:   web}}
spec: {{ports: [{{port:   80}}]}}
...
---

---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    {WRONG}: 8m\t# a tab before this
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
---
# nothing but a comment
""",
    "a List": f"""\
apiVersion: v1
items:
- apiVersion: networking.k8s.io/v1
  kind: Ingress
  metadata:
    annotations:
      {WRONG}: 8m   # one
    name: web
  spec: {{ingressClassName: nginx, rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]}}
-   apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
        annotations:
            {WRONG}: 8m   # two
        name: two
    spec: {{ingressClassName: nginx, rules: [{{host: b.example, http: {{paths: {PATHS}}}}}]}}
kind: List
""",
    "an IngressList": f"""\
apiVersion: networking.k8s.io/v1
kind: IngressList
items:
- metadata: {{name: web, annotations: {{{WRONG}: 8m}}}}
  spec: {{ingressClassName: nginx, rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]}}
""",
    "of helm": f"""\
---
# Source: shop/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - port: 80
---
# Source: shop/templates/ingress.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    {WRONG}: "8m"
spec:
  ingressClassName: nginx
  rules:
    - host: "a.example"
      http: {{paths: {PATHS}}}
""",
    "Unicode": f"""\
# Größe – 大小 – \U0001f600
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    note: "naïve \U0001f600 e\u0301"   # ünïcödé
    {WRONG}: 8m   # \U0001f4a9
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_only_the_words_change(name: str, tmp_path: Path) -> None:
    text = TEXTS[name]
    wanted = text.replace(f"{WRONG}:", f"{RIGHT}:").replace(f'"{WRONG}"', f'"{RIGHT}"')
    # The text of a block scalar is no key.
    wanted = wanted.replace(f"first: |\n      {RIGHT}", f"first: |\n      {WRONG}")
    assert wanted != text
    assert fixed(tmp_path / "web.yaml", text)[0].decode() == wanted


@pytest.mark.parametrize("name", TEXTS)
def test_crlf_stays(name: str, tmp_path: Path) -> None:
    text = TEXTS[name].replace("\n", "\r\n")
    after = fixed(tmp_path / "web.yaml", text)[0].decode()
    assert after == text.replace(WRONG, RIGHT).replace(
        f"first: |\r\n      {RIGHT}", f"first: |\r\n      {WRONG}"
    )


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_the_byte_order_mark_stays(mark: bytes, encoding: str, tmp_path: Path) -> None:
    text = TEXTS["Unicode"]
    after = fixed(tmp_path / "web.yaml", mark + text.encode(encoding))[0]
    assert after == mark + text.replace(WRONG, RIGHT).encode(encoding)


def test_json_keeps_its_indentation_and_order(tmp_path: Path) -> None:
    whole = {
        "kind": "Ingress",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {"annotations": {"z": "ü", f"{NGINX}/ssl-redirect": True}, "name": "web"},
        "spec": {"ingressClassName": "nginx", "defaultBackend": {"service": {"name": "web"}}},
    }
    service = json.loads(json.dumps(whole["spec"]))
    service["defaultBackend"]["service"]["port"] = {"number": 80}
    whole["spec"] = service
    for indent in (None, 2, 3, "\t"):
        text = json.dumps(whole, indent=indent, ensure_ascii=False) + "\n"
        after = fixed(tmp_path / "web.json", text)[0].decode()
        assert after == text.replace(": true", ': "true"')


ALIASED = f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: &notes   # shared
    {WRONG}: 8m
spec:
  ingressClassName: nginx
  rules: [{{host: a.example, http: {{paths: {PATHS}}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: other
  annotations:
    {WRONG}: 8m   # mended all the same
spec:
  ingressClassName: nginx
  rules: [{{host: b.example, http: {{paths: {PATHS}}}}}]
"""
MERGED = ALIASED.replace("annotations: &notes   # shared\n", "annotations:\n    <<: {a: b}\n")


@pytest.mark.parametrize("text", [ALIASED, MERGED])
def test_what_stands_for_several_is_left_to_a_person(text: str, tmp_path: Path) -> None:
    head, tail = text.split("---\n")
    after, ran = fixed(tmp_path / "web.yaml", text)
    assert after.decode() == f"{head}---\n{tail.replace(WRONG, RIGHT)}"
    assert "edit it by hand" in ran.stderr


def test_a_conversion_keeps_comments_too(tmp_path: Path) -> None:
    """As convert writes it, but for the class: that is a finding of its own."""
    text = (golden.HERE / "convert" / "comments.yaml").read_text(encoding="utf-8")
    after, ran = fixed(tmp_path / "web.yaml", text)
    golden.check(Path("fix") / "comments.yaml", after.decode())
    assert "extensions/v1beta1 → networking.k8s.io/v1" in ran.stderr


BROKEN = "---\nmetadata:\n  name: x\n annotations: {}\n"


def test_a_broken_document_stays_as_it_is(tmp_path: Path) -> None:
    text = BROKEN + TEXTS["of helm"] + BROKEN
    after = fixed(tmp_path / "web.yaml", text)[0]
    assert after.decode() == text.replace(WRONG, RIGHT)


def test_a_link_and_the_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "web.yaml", tmp_path / "link.yaml"
    real.write_text(TEXTS["flow"], encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    ran = linted(link, "--fix")
    assert "mended 1 finding in 1 file" in ran.stderr
    assert link.is_symlink()
    assert RIGHT in real.read_text(encoding="utf-8")
    assert real.stat().st_mode & 0o777 == 0o640
