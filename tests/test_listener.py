"""The listening sockets: encryption, and peers that connect and then do nothing, or next to nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gameserver.app import Server
from gameserver.errors import StartupError
from gameserver.listener import RECEIVE_BUFFER_BYTES, Listener, tls_context
from gameserver.settings import Settings
from tests.conftest import Serve
from tests.games import Quiet

PATIENCE_S = 10.0
CA = trustme.CA()
ISSUED = CA.issue_cert("127.0.0.1")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Write a certificate for the loopback address, with its key in the same file."""
    file = tmp_path / "server.pem"
    ISSUED.private_key_and_cert_chain_pem.write_to_path(file)
    return file


async def ending(reader: asyncio.StreamReader) -> bytes:
    """Read until the server hangs up."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_a_page_and_a_game_over_tls(certificate: Path) -> None:
    """With a certificate that the client checks."""
    server = Server([Quiet.spec])
    port = await server.start("127.0.0.1", 0, tls=tls_context(certificate))
    trusting = ssl.create_default_context()
    CA.configure_trust(trusting)
    url = f"https://127.0.0.1:{port}"
    async with ClientSession() as session:
        async with session.get(url, ssl=trusting) as response:
            assert response.status == 200
        async with session.ws_connect(f"{url}/ws", ssl=trusting, origin=url) as ws:
            await ws.send_json({"type": "ping"})
            assert (await ws.receive_json())["type"] == "pong"
        async with session.get(f"{url}/ws", ssl=trusting, headers={"Origin": f"http://127.0.0.1:{port}"}) as response:
            assert response.status == 403
    await server.stop()


async def test_a_tls_handshake_that_never_comes_is_cut(certificate: Path) -> None:
    """After `handshake_s`; it knows neither HTTP's deadline nor aiohttp yet."""
    server = Server([Quiet.spec], settings=Settings(handshake_s=0.1))
    port = await server.start("127.0.0.1", 0, tls=tls_context(certificate))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await ending(reader) == b""
    writer.close()
    await server.stop()


@pytest.mark.parametrize("sent", [b"", b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"])
async def test_a_request_that_never_ends_is_cut(serve: Serve, sent: bytes) -> None:
    """After `handshake_s`, without an answer."""
    running = await serve(settings=Settings(handshake_s=0.1))
    host, _, port = running.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    assert await ending(reader) == b""
    writer.close()


async def test_one_header_after_the_other_puts_nothing_off(serve: Serve) -> None:
    """A client that sends a little now and then is cut all the same: that is how slow attacks hold connections."""
    running = await serve(settings=Settings(handshake_s=0.2))
    host, _, port = running.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    async def trickle() -> None:
        writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
        while not writer.is_closing():
            writer.write(b"X-Slow: 1\r\n")
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    assert await ending(reader) == b""
    writer.close()
    await trickling


async def test_a_connection_that_is_done_with_pages_is_closed(serve: Serve) -> None:
    """An idle one is kept no longer than a new one."""
    running = await serve(settings=Settings(handshake_s=0.1))
    host, _, port = running.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await ending(reader)).endswith(b'{"status":"ok"}')
    writer.close()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux cuts those who don't read")
async def test_who_asks_for_a_page_and_doesn_t_read_it_is_cut() -> None:
    """He holds no connection for ever; the door counts only those who want to play."""
    answered = asyncio.Event()

    async def big(_: web.Request) -> web.Response:
        answered.set()
        return web.Response(body=bytes(8_000_000))

    application = web.Application()
    application.router.add_get("/", big)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await Listener(runner, "127.0.0.1", 0, tls=None, handshake_s=5.0, unread_s=0.2).start()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", runner.addresses[0][1]))
        peer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await answered.wait()
        assert runner.server is not None
        async with asyncio.timeout(PATIENCE_S):
            while runner.server.connections:
                await asyncio.sleep(0.01)
    await runner.cleanup()


async def test_the_kernel_takes_little_that_isn_t_read() -> None:
    """Each connection inherits the small buffer; Linux doubles what it is told, for its own bookkeeping."""

    async def measure(request: web.Request) -> web.Response:
        assert request.transport is not None
        own = request.transport.get_extra_info("socket")
        return web.Response(text=str(own.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)))

    application = web.Application()
    application.router.add_get("/", measure)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    listener = Listener(runner, "127.0.0.1", 0, tls=None, handshake_s=5.0, unread_s=10.0)
    assert listener.name == "http://127.0.0.1:0"
    await listener.start()
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{runner.addresses[0][1]}") as response:
        assert int(await response.text()) <= 2 * RECEIVE_BUFFER_BYTES
    await runner.cleanup()


def test_a_certificate_that_won_t_do_is_one_clear_line(tmp_path: Path, certificate: Path) -> None:
    """Nothing is asked at the terminal."""
    other = tmp_path / "other.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(other)
    locked = tmp_path / "locked.pem"
    key = load_pem_private_key(ISSUED.private_key_pem.bytes(), None)
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password")))
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for chain, key_file, text in (
        (tmp_path / "missing.pem", None, "there is no file .*missing.pem"),
        (certificate, tmp_path / "missing.pem", "there is no file .*missing.pem"),
        (certificate, other, "can't serve TLS with .*other.pem"),
        (certificate, locked, "can't serve TLS with .*locked.pem"),
        (empty, None, "can't serve TLS with .*empty.pem"),
    ):
        with pytest.raises(StartupError, match=text) as refused:
            tls_context(chain, key_file)
        assert "\n" not in str(refused.value)
