"""Rows of the table against kubectl: whom is trusted, and the way to the server."""

from __future__ import annotations

import base64

from tests.live.bench import TOKEN, Bench, row, simple
from tests.live.recorder import Authority


@row
def ca_relative_to_the_file(bench: Bench) -> None:
    bench.write("certs/ca.crt", bench.authority.pem.decode())
    cluster = {"server": bench.a.url, "certificate-authority": "certs/ca.crt"}
    simple(bench, TOKEN, cluster=cluster)


@row
def ca_file_missing(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": bench.a.url, "certificate-authority": "nowhere"})


@row
def ca_file_and_data(bench: Bench) -> None:
    bench.write("ca.crt", bench.authority.pem.decode())
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, **{"certificate-authority": "ca.crt"}))


@row
def ca_is_not_base64(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": bench.a.url, "certificate-authority-data": "***"})


@row
def ca_holds_nothing(bench: Bench) -> None:
    nothing = base64.b64encode(b"hello").decode()
    simple(bench, TOKEN, cluster={"server": bench.a.url, "certificate-authority-data": nothing})


@row
def ca_flag_over_kubeconfig(bench: Bench) -> list[str]:
    cluster = bench.cluster(bench.a)
    cluster["certificate-authority-data"] = base64.b64encode(Authority("other").pem).decode()
    simple(bench, TOKEN, cluster=cluster)
    ca = bench.write("ca.crt", bench.authority.pem.decode())
    return ["--certificate-authority", str(ca)]


@row
def ca_of_another_authority(bench: Bench) -> None:
    other = base64.b64encode(Authority("other").pem).decode()
    simple(bench, TOKEN, cluster={"server": bench.a.url, "certificate-authority-data": other})


@row
def no_ca(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": bench.a.url})


@row
def insecure(bench: Bench) -> None:
    simple(bench, TOKEN, cluster={"server": bench.a.url, "insecure-skip-tls-verify": True})


@row
def insecure_flag_over_ca(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--insecure-skip-tls-verify"]


@row
def insecure_and_ca(bench: Bench) -> None:
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, **{"insecure-skip-tls-verify": True}))


@row
def insecure_flag_and_ca_flag(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    ca = bench.write("ca.crt", bench.authority.pem.decode())
    return ["--insecure-skip-tls-verify", "--certificate-authority", str(ca)]


@row
def tls_server_name(bench: Bench) -> None:
    server = bench.a.url.replace("127.0.0.1", "localhost")
    cluster = bench.cluster(bench.a, server=server, **{"tls-server-name": "other.example"})
    simple(bench, TOKEN, cluster=cluster)


@row
def tls_server_name_that_is_wrong(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--tls-server-name", "wrong.example"]


@row
def server_flag_drops_the_tls_server_name(bench: Bench) -> list[str]:
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, **{"tls-server-name": "wrong.example"}))
    return ["--server", bench.b.url]


@row
def proxy_that_is_not_there(bench: Bench) -> None:
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, **{"proxy-url": "http://127.0.0.1:1"}))


@row
def proxy_of_an_unknown_kind(bench: Bench) -> None:
    simple(bench, TOKEN, cluster=bench.cluster(bench.a, **{"proxy-url": "ftp://127.0.0.1:1"}))


@row
def request_timeout(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--request-timeout", "1m30s"]


@row
def request_timeout_that_is_none(bench: Bench) -> list[str]:
    simple(bench, TOKEN)
    return ["--request-timeout", "soon"]
