"""Lint, and lint --fix, under atheris: python -m tests.fuzz.atheris_lint DIR -max_total_time=600

Coverage-guided, from the corpus of `target` with a dictionary of our words; DIR keeps what it
finds on its way. atheris is no dependency of the suite: pip install atheris, into an environment
of its own with this package. What it found is held by test_lint.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["kubectl_ingress"]):
    from tests.fuzz.target import corpus, one_input

WORDS = (
    "apiVersion", "kind", "metadata", "annotations", "spec", "rules", "host", "http", "paths",
    "path", "pathType", "backend", "service", "port", "number", "name", "tls", "hosts",
    "secretName", "ingressClassName", "defaultBackend", "serviceName", "servicePort", "items",
    "Ingress", "List", "networking.k8s.io/v1beta1", "nginx.ingress.kubernetes.io/", "---\\x0a",
    "&a ", "*a", "<<: ", "!!", ": |\\x0a", ": >-\\x0a", "\\x0d\\x0a", "{", "}", "[", "]",
    "kubectl-ingress:ignore KI403", "rewrite-taget", "kubernetes.io/ingress.class",
)  # fmt: skip


def main() -> None:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus()):
        (directory / f"seed-{number}").write_bytes(data)
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as dictionary:
        dictionary.writelines(f'"{word}"\n' for word in WORDS)
        dictionary.flush()
        flags = [f"-dict={dictionary.name}", "-timeout=20", "-max_len=4096", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *flags, *sys.argv[1:]], one_input_of)
        atheris.Fuzz()


def one_input_of(data: bytes) -> None:
    one_input(data)


if __name__ == "__main__":
    main()
