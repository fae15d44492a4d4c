"""Tasks are woken at their times, one after the other, and what they took is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from gameserver.alarm import GRAIN_S, Alarm
from tests.virtual_time import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """Make a loop that begins at 1000 s."""
    loop = VirtualLoop()
    yield loop
    loop.close()


class Crew:
    """Sleepers on one alarm; each notes when it was woken, and works for a while."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.alarm = Alarm(loop.time)
        self.woken: list[tuple[str, float]] = []
        self.took: list[tuple[str, float]] = []

    def sleeper(self, name: str, *times_s: float, works_s: float = 0.0) -> asyncio.Task[None]:
        """Have somebody woken at these times (after 1000 s)."""

        async def sleep() -> None:
            for time_s in times_s:
                await self.alarm.at(1000 + time_s, lambda took_s: self.took.append((name, round(took_s, 6))))
                self.woken.append((name, round(self.loop.time() - 1000, 6)))
                self.loop.pass_time(works_s)

        return self.loop.create_task(sleep())


def test_everybody_is_woken_at_his_time(loop: VirtualLoop) -> None:
    """In the order of time, whoever came first; who waits for something sooner is not waited with."""

    async def main() -> None:
        crew = Crew(loop)
        late = crew.sleeper("late", 0.3, 0.9)
        await asyncio.sleep(0)
        await asyncio.gather(late, crew.sleeper("early", 0.1, 0.5, 0.7))
        assert crew.woken == [("early", 0.1), ("late", 0.3), ("early", 0.5), ("early", 0.7), ("late", 0.9)]

    loop.run(main())


def test_who_was_kept_waiting_is_next_at_once(loop: VirtualLoop) -> None:
    """What is due when a turn is over follows without a sleep, in the order of time, and tells its length."""

    async def main() -> None:
        crew = Crew(loop)
        await asyncio.gather(
            crew.sleeper("a", 0.100, works_s=0.005),
            crew.sleeper("b", 0.104, works_s=0.002),
            crew.sleeper("c", 0.101, works_s=0.001),
            crew.sleeper("d", 0.200, works_s=0.003),
        )
        await asyncio.sleep(0)  # the last one's length is told after it
        assert crew.woken == [("a", 0.100), ("c", 0.105), ("b", 0.106), ("d", 0.200)]
        assert crew.took == [("a", 0.005), ("c", 0.001), ("b", 0.002), ("d", 0.003)]

    loop.run(main())


def test_who_is_due_in_a_moment_is_due(loop: VirtualLoop) -> None:
    """Nobody sleeps for less than the grain of timers; for more, until his time."""

    async def main() -> None:
        crew = Crew(loop)
        await asyncio.gather(
            crew.sleeper("a", 0.1),
            crew.sleeper("b", 0.1 + 0.9 * GRAIN_S),
            crew.sleeper("c", round(0.1 + 1.5 * GRAIN_S, 6)),
        )
        assert crew.woken == [("a", 0.1), ("b", 0.1), ("c", round(0.1 + 1.5 * GRAIN_S, 6))]

    loop.run(main())


def test_sockets_are_read_between_two_turns(loop: VirtualLoop) -> None:
    """However many are due, what arrives during a turn is read before the next but one (with uvloop, the next)."""

    async def main() -> None:
        crew, order = Crew(loop), list[str]()
        here, there = socket.socketpair()
        with here, there:
            loop.add_reader(here, lambda: order.append(here.recv(1).decode()))

            async def turn(name: str) -> None:
                await crew.alarm.at(1000.1, lambda _: None)
                order.append(name)
                there.send(name.lower().encode())

            await asyncio.gather(*map(turn, "ABCD"))
            loop.remove_reader(here)
        assert [name for name in order if name.isupper()] == ["A", "B", "C", "D"]
        assert order.index("a") < order.index("C")
        assert order.index("b") < order.index("D")

    loop.run(main())


def test_who_is_gone_is_not_waited_for(loop: VirtualLoop) -> None:
    """A cancelled sleeper and one that fails don't keep the others asleep."""

    async def main() -> None:
        crew = Crew(loop)

        async def fail() -> None:
            await crew.alarm.at(1000.1, lambda _: None)
            raise ValueError

        failing, gone = loop.create_task(fail()), crew.sleeper("gone", 0.1)
        other = crew.sleeper("other", 0.1, 0.2)
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(other)
        assert crew.woken == [("other", 0.1), ("other", 0.2)]
        assert isinstance(failing.exception(), ValueError)
        await crew.sleeper("later", 0.4)  # and the alarm can be set anew when nobody waits any more
        assert crew.woken[-1] == ("later", 0.4)

    loop.run(main())
