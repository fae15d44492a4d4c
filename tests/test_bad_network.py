"""The proxy that load tests use for a bad network."""

from __future__ import annotations

import asyncio

import pytest

from loadtest.bad_network import BadNetwork, Conditions


def test_a_stall_ends_each_period() -> None:
    """What would arrive in one arrives at its end, everything else when it would."""
    bad = Conditions(stall_s=0.2, stall_every_s=5.0)
    assert bad.stalls(12) == [(4.8, 5.0), (9.8, 10.0), (14.8, 15.0)]
    assert bad.stalled_until(4.7) == 4.7
    assert bad.stalled_until(4.9) == pytest.approx(5.0)
    assert bad.stalled_until(5.0) == 5.0
    assert bad.stalled_until(9.95) == pytest.approx(10.0)
    assert Conditions().stalled_until(4.9) == 4.9
    assert Conditions().stalls(100) == []


async def test_everything_passes_in_order_both_ways_and_so_does_the_end() -> None:
    """However the latency jitters; when one side closes, so does the other."""
    heard: list[bytes] = []

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            heard.append(data)
            writer.write(data.upper())
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    conditions = Conditions(latency_s=0.005, jitter_s=0.01, stall_s=0.05, stall_every_s=0.2)
    async with server, BadNetwork(server.sockets[0].getsockname()[1], conditions) as network:
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
        sent = b"".join(b"%d," % i for i in range(300))
        for i in range(0, len(sent), 50):
            writer.write(sent[i : i + 50])
            await asyncio.sleep(0.002)
        assert await reader.readexactly(len(sent)) == sent
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
    assert b"".join(heard) == sent


async def test_a_target_that_is_not_there() -> None:
    """The connection just ends."""
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with BadNetwork(port, Conditions()) as network:
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
        assert await reader.read() == b""
        writer.close()
