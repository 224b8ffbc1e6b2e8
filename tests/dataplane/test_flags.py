"""What the controller may be told, the data plane may be told."""

from __future__ import annotations

import pytest

from kubectl_ingress.dataplane.flags import parse

OWN = ["--exit-with-stdin", "--listen", "127.0.0.7", "--http-port=8080"]


@pytest.mark.parametrize(
    "words",
    [
        ["--enable-ssl-passthrough"],
        ["--enable-ssl-passthrough", "--default-ssl-certificate=shop/tls"],
        ["--default-ssl-certificate", "shop/tls"],
        ["-v=3"],
        ["--v=3"],
        ["-v", "3"],
        ["--watch-ingress-without-class"],
        ["--watch-ingress-without-class=TRUE", "--enable-metrics=false"],
        ["--watch-namespace=shop", "--shutdown-grace-period=30", "--logtostderr"],
    ],
)
def test_flags_of_the_controller_are_taken(words: list[str]) -> None:
    assert parse([*words, *OWN]).listen == "127.0.0.7"


def test_where_it_listens_its_starter_says() -> None:
    assert parse(["--http-port=80", *OWN]).http_port == 8080


@pytest.mark.parametrize("word", ["--nobody-knows-this", "--publish-serv=a/b"])
def test_what_the_controller_does_not_know_ends_it(word: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([word, *OWN])
    assert ended.value.code == 2
