"""A name server with nothing but what the cloud and the tests put into it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from kubectl_ingress.lab.cloud.names import Place
from kubectl_ingress.lab.serving import Listener, Reader, Writer

TTL = 5
AUTHORITY = "ns.bed. hostmaster.bed. 1 60 60 3600 5"


class DnsServer:
    """Answers on port 53 of the namespace's loopback, over UDP and TCP."""

    def __init__(self, ip: str = "127.0.0.1", port: int = 53) -> None:
        #: Name in lower case without the last dot -> IPv4 addresses; tests may change it.
        self.records: dict[str, list[str]] = {}
        #: Every (name, type) that was asked for.
        self.queries: list[tuple[str, str]] = []
        self._ip, self._port = ip, port
        self._tcp = Listener(ip, port, self._talk)
        self._udp: asyncio.DatagramTransport | None = None

    def publish(self, places: Iterable[Place]) -> None:
        """Ports are what they are called here: names are all there is to know."""

    async def open(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(self._ip, self._port)
        )
        await self._tcp.open()

    async def close(self) -> None:
        """Stop answering."""
        if self._udp is not None:
            self._udp.close()
        await self._tcp.close()

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to a query, or None to what is not one."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question:
            return None
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.queries.append((name, dns.rdatatype.to_text(question.rdtype)))
        reply = dns.message.make_response(query, recursion_available=True)
        addresses = self.records.get(name)
        if addresses is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if addresses and question.rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", "A", addresses))
        else:
            # Without a SOA some resolvers take an empty answer for a broken server.
            zone = dns.rrset.from_text(".", TTL, "IN", "SOA", AUTHORITY)
            reply.authority.append(zone)
        return reply.to_wire()

    async def _talk(self, reader: Reader, writer: Writer) -> None:
        while len(size := await reader.read(2)) == 2:
            wire = self.answer(await reader.readexactly(struct.unpack("!H", size)[0]))
            if wire is None:
                return
            writer.write(struct.pack("!H", len(wire)) + wire)
            await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not an assertion: Python 3.11's own transport is not of this class.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (wire := self._server.answer(data)) is not None:
            self._transport.sendto(wire, addr)
