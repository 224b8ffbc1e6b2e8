"""Where things listen when this machine does not let them listen where they want."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from kubectl_ingress.lab.addresses import ONLY, Loopback


@pytest.fixture
def network() -> Iterator[Loopback]:
    network = Loopback()
    yield network
    network.close()


def test_each_pod_and_balancer_has_an_address_of_its_own(network: Loopback) -> None:
    if network.only_one:
        pytest.skip("this machine has one loopback address only")
    taken = [network.take_pod(), network.take_pod(), network.take_balancer(), network.machine(1)]
    assert len(set(taken)) == 4
    assert all(ip.startswith("127.") for ip in taken)


def test_two_labs_have_two_networks(network: Loopback) -> None:
    other = Loopback()
    try:
        assert network.only_one or other.prefix != network.prefix
    finally:
        other.close()


def test_the_address_longest_free_is_given_next(network: Loopback) -> None:
    first = network.take_pod()
    network.give_back_pod(first)
    assert network.only_one or network.take_pod() != first


def test_a_port_is_where_it_is_wanted(network: Loopback) -> None:
    assert network.take_port(network.take_pod(), 8080) == 8080


def test_a_taken_port_is_moved(network: Loopback) -> None:
    ip = network.take_pod()
    with socket.socket() as other:
        other.bind((ip, 0))
        other.listen()
        port = other.getsockname()[1]
        moved = network.take_port(ip, port)
    assert moved != port
    assert moved > 1023


def test_without_the_right_low_ports_are_moved() -> None:
    network = Loopback(privileged=False)
    try:
        assert network.take_port(network.take_balancer(), 80) > 1023
        assert network.take_port(network.take_balancer(), 8443) == 8443
    finally:
        network.close()


def test_with_one_address_ports_tell_pods_apart() -> None:
    network = Loopback(only_one=True)
    assert network.take_pod() == network.take_pod() == network.machine(2) == ONLY
    first, second = (network.take_port(ONLY, 8080) for _ in range(2))
    assert first != second
    network.give_back_port(ONLY, second)
    assert network.take_port(ONLY, second) == second
