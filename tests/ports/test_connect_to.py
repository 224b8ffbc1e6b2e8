"""connect-to lines: the expectations were compared with curl itself."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kubectl_ingress.ports.connect_to import ConnectTo, look_up, parse

LB = "a0123.elb.eu-west-1.lab.localhost"
HERE = ("127.77.3.200", 10080)


@pytest.mark.parametrize(
    "line",
    [
        'connect-to = "a.b:80:127.0.0.1:81"',
        'connect-to="a.b:80:127.0.0.1:81"',
        "connect-to = a.b:80:127.0.0.1:81",
        "connect-to: a.b:80:127.0.0.1:81",
        "connect-to a.b:80:127.0.0.1:81",
        "\t connect-to\ta.b:80:127.0.0.1:81  # why",
        '--connect-to "a.b:80:127.0.0.1:81"',
        'connect-to = "a.b:80\\:127.0.0.1:81"',
        '\ufeffconnect-to = "a.b:80:127.0.0.1:81"\r',
    ],
)
def test_every_way_to_write_the_option(line: str) -> None:
    assert parse(f"{line}\n") == [ConnectTo("a.b", 80, "127.0.0.1", 81)]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# connect-to = a.b:80:127.0.0.1:81",
        "silent",
        'user-agent = "connect-to = a.b:80:127.0.0.1:81"',
        "connect-timeout = 5",
        "connect-to-x = a.b:80:127.0.0.1:81",
        "--connect-to=a.b:80:127.0.0.1:81",
        "connect-to =",
        'connect-to = "a.b:80:127.0.0.1:81',
        "connect-to = a.b",
        "connect-to = a.b:80",
        "connect-to = a.b:http:127.0.0.1:81",
        "connect-to = a.b:80:127.0.0.1:81:82",
        "connect-to = fd00::1:80:127.0.0.1:81",
    ],
)
def test_other_lines_are_ignored(line: str) -> None:
    text = f"{line}\nconnect-to = c.d:80:127.0.0.1:82\n"
    assert parse(text) == [ConnectTo("c.d", 80, "127.0.0.1", 82)]


def found(folder: Path, text: str, address: str = LB, port: int = 80) -> tuple[str, int]:
    file = folder / ".curlrc"
    file.write_text(text)
    return look_up(str(file), address, port)


@pytest.mark.parametrize(
    ("value", "address", "port", "wanted"),
    [
        (f"{LB}:80:127.77.3.200:10080", LB, 80, HERE),
        (f"{LB.upper()}:80:127.77.3.200:10080", LB, 80, HERE),
        (f"{LB}:80:127.77.3.200:10080", LB.upper(), 80, HERE),
        (":80:127.77.3.200:10080", LB, 80, HERE),
        (f"{LB}::127.77.3.200:10080", LB, 8443, HERE),
        ("::127.77.3.200:10080", "192.0.2.1", 443, HERE),
        (f"{LB}:443:127.77.3.200:", LB, 443, ("127.77.3.200", 443)),
        (f"{LB}:443:127.77.3.200", LB, 443, ("127.77.3.200", 443)),
        ("192.0.2.1:443::10443", "192.0.2.1", 443, ("192.0.2.1", 10443)),
        (f"{LB}:80:[::1]:10080", LB, 80, ("::1", 10080)),
        ("[fd00::1]:80:[::1]:10080", "fd00::1", 80, ("::1", 10080)),
    ],
)
def test_a_line_that_matches(
    tmp_path: Path, value: str, address: str, port: int, wanted: tuple[str, int]
) -> None:
    assert found(tmp_path, f'connect-to = "{value}"\n', address, port) == wanted


def test_the_first_line_that_changes_something_counts(tmp_path: Path) -> None:
    lines = [f"{LB}:81:127.0.0.1:1", f"{LB}:80::", f"{LB}:80:127.0.0.2:2", "::127.0.0.3:3"]
    text = "silent\n" + "".join(f'connect-to = "{line}"\n' for line in lines)
    assert found(tmp_path, text) == ("127.0.0.2", 2)
    assert found(tmp_path, text, "other") == ("127.0.0.3", 3)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (f"{LB}:443:127.0.0.1:443", "port 80 of it is not in {file}"),
        (f"x{LB}:80:127.0.0.1:80", "port 80 of it is not in {file}"),
        (f"{LB}:80:localhost:8080", "{file} leads port 80 to localhost, which is no IP address"),
        (f"{LB}:80::8080", "{file} leads port 80 to " + LB + ", which is no IP address"),
    ],
)
def test_what_does_not_resolve(tmp_path: Path, value: str, reason: str) -> None:
    with pytest.raises(socket.gaierror) as caught:
        found(tmp_path, f"connect-to = {value}\n")
    assert caught.value.args[-1] == reason.format(file=tmp_path / ".curlrc")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file or directory"), (".", "Is a directory"), ("\0", "null byte")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(socket.gaierror, match=reason) as caught:
        look_up(f"{tmp_path}/{name}", LB, 80)
    assert str(tmp_path) in caught.value.args[-1]
