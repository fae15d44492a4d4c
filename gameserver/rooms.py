"""Every room of the process: create, find, match into, dispose of."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count

from gameserver.alarm import Alarm
from gameserver.clock import Place, Timetable
from gameserver.connections import ConnectionManager
from gameserver.declarations import Options
from gameserver.errors import Refused, RoomFailed
from gameserver.matchmaker import RoomInfo, fullest, quick_match
from gameserver.observe import Observer
from gameserver.room import Room
from gameserver.room_task import RoomTask
from gameserver.settings import Settings
from gameserver.spec import GameSpec
from gameserver.tickets import SeatToken, SeatTokens

log = logging.getLogger(__name__)

# No letters or digits that look alike, and no vowels: ids are read aloud, and spell nothing.
_ID_LETTERS = "bcdfghjkmnpqrstvwxyz23456789"
_TURN_S, _TURN_PER_SEAT_S = 0.0002, 0.000015
"""What a turn of a room is expected to take, where no room of its game has shown it."""


class Rooms:
    """Rooms by id, each with its task."""

    def __init__(
        self,
        specs: Mapping[str, GameSpec],
        *,
        settings: Settings,
        connections: ConnectionManager,
        observer: Observer,
        clock: Callable[[], float],
        seed: int | None = None,
        bots: int | None = None,
        tick_rate: float | None = None,
    ) -> None:
        self.specs = specs
        """The games that are served, by name."""
        self._settings = settings
        self._connections = connections
        self._observer = observer
        self._clock = clock
        self._bots = bots
        self.tick_rate = tick_rate
        """What replaces every game's own rate (Hz), if anything does."""
        self._seed = seed
        self._numbers = count()
        self.held: Counter[str] = Counter()
        """Seats that wait for their players, by whom they are held for (an address)."""
        self._opened: Counter[str] = Counter()
        """Rooms that run, by who opened them (an address)."""
        self._openers: dict[str, str] = {}
        self.tokens = SeatTokens(secrets.token_bytes(32))
        """Signs what players come back with; of this process only, as its rooms are."""
        self.closing = False
        """Whether the server was told to stop: nobody is let into a room any more."""
        self._tasks: dict[str, RoomTask] = {}
        self._timetable = Timetable()
        self._alarm = Alarm(clock)
        self._places: dict[str, Place] = {}
        """When each room's turns are due."""

    def __len__(self) -> int:
        """How many rooms run."""
        return len(self._tasks)

    def infos(self) -> list[RoomInfo]:
        """Describe every room, oldest first."""
        return [_info(task.room) for task in self._tasks.values()]

    @property
    def settings(self) -> Settings:
        """The limits that hold."""
        return self._settings

    def find(self, room_id: str) -> Room | None:
        """Give a room, if it (still) runs."""
        task = self._tasks.get(room_id)
        return None if task is None else task.room

    def get(self, room_id: str) -> Room:
        """Give a room.

        Raises:
            Refused: `unknown_room`.

        """
        room = self.find(room_id)
        if room is None:
            raise Refused("unknown_room", f"There is no room {room_id[:64]!r}; it may have ended.")
        return room

    def tick_now(self, room_id: str) -> float:
        """Give a room's time in ticks, with its fraction."""
        return self._tasks[room_id].tick_now()

    def match(self, game: str, options: Options, *, opener: str) -> Room:
        """Give the fullest open room of the game with these options, or a new one.

        Raises:
            Refused: as `create` does.

        """
        rooms = (task.room for task in self._tasks.values() if task.room.spec.name == game)
        found = quick_match(((_info(room), room.options) for room in rooms if room.open), game, options)
        return self.create(game, options, opener=opener) if found is None else self.get(found)

    def watch(self, game: str, *, opener: str) -> Room:
        """Give the fullest room of the game that takes another spectator, or a new one with the default options.

        Raises:
            Refused: as `create` does.

        """
        rooms = (task.room for task in self._tasks.values() if task.room.spec.name == game)
        found = fullest(_info(room) for room in rooms if room.watchable)
        return self.create(game, self.specs[game].options(), opener=opener) if found is None else self.get(found)

    def create(self, game: str, options: Options, *, opener: str) -> Room:
        """Open a room for somebody (an address), and start its schedule.

        Raises:
            Refused: `room_full`, when the process has as many rooms as it may; `rate_limited`, when this opener has;
                `unknown_room`, when the game raised in its setup.

        """
        if len(self._tasks) >= self._settings.max_rooms:
            raise Refused("room_full", f"The server has {self._settings.max_rooms} rooms; no more fit.")
        if self._opened[opener] >= self._settings.max_rooms_per_address:
            raise Refused("rate_limited", "Too many rooms were opened from this address; wait until some end.")
        spec = self.specs[game]
        number = next(self._numbers)
        # --seed is the first room's, and each later room's is one more: what a log names can be played again.
        seed = secrets.randbits(32) if self._seed is None else self._seed + number
        room_id = self._new_id()
        try:
            room = Room(
                spec,
                room_id=room_id,
                seed=seed,
                options=options,
                bots=spec.fill_with_bots if self._bots is None else self._bots,
                tick_rate=self.tick_rate,
                settings=self._settings,
                held=self.held,
                token=lambda player, generation: self.tokens.sign(SeatToken(room_id, player, generation)),
            )
        except RoomFailed as failure:
            log.exception("a game failed, and its room never began; report: %s", failure.report)
            raise Refused("unknown_room", f"A room of {spec.title} could not start: the game failed.") from failure
        place = self._places[room.id] = self._timetable.take(room.tick_rate, self._turn_s(spec))
        self._tasks[room.id] = RoomTask(
            room,
            connections=self._connections,
            observer=self._observer,
            clock=self._clock,
            alarm=self._alarm,
            place=place,
            on_closed=self._forget,
        )
        self._openers[room.id] = opener
        self._opened[opener] += 1
        self._observer.room_opened(game)
        log.info("room %s (%s) opened, seed %d", room.id, game, seed)
        return room

    def _turn_s(self, spec: GameSpec) -> float:
        """Say how long turns of another room of this game will take."""
        seen_s = (self._places[task.room.id].turn_s for task in self._tasks.values() if task.room.spec is spec)
        return max(seen_s, default=_TURN_S + _TURN_PER_SEAT_S * spec.max_players)

    async def stop(self, drain_s: float) -> None:
        """Give rooms up to `drain_s` to end by themselves, then end them all at once."""
        self.closing = True
        deadline_s = self._clock() + drain_s
        while self._clock() < deadline_s and any(task.room.playing for task in self._tasks.values()):  # noqa: ASYNC110  # rooms end in many ways
            await asyncio.sleep(0.05)  # rooms end in many ways, and this happens once
        await asyncio.gather(*(task.stop("closing") for task in list(self._tasks.values())))

    def _forget(self, room: Room) -> None:
        if self._tasks.pop(room.id, None) is not None:
            self._timetable.give_back(self._places.pop(room.id))
            opener = self._openers.pop(room.id)
            self._opened[opener] -= 1
            if not self._opened[opener]:
                del self._opened[opener]

    def _new_id(self) -> str:
        while True:
            room_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(6))
            if room_id not in self._tasks:
                return room_id


def _info(room: Room) -> RoomInfo:
    return RoomInfo(
        id=room.id,
        game=room.spec.name,
        players=room.people,
        bots=room.bot_count,
        max_players=room.spec.max_players,
        spectators=room.spectators,
        tick=room.tick,
        open=room.open,
    )
