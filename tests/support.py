"""A room with people in it, without sockets: what each of them hears and sees."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from gameserver.game import Game
from gameserver.posts import Outcome
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.replica import Replica
from gameserver.room import Room
from gameserver.seats import Member
from gameserver.settings import Settings

JSON, BINARY = JsonSnapshots(), BinarySnapshots()


class Guest:
    """A member as his client sees the room."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.inbox: list[tuple[str, Any]] = []
        """Everything told so far: type and payload."""
        self.replica: Replica | None = None
        self.binary: Replica | None = None
        """The same, kept by binary snapshots."""
        self.frames: list[bytes] = []
        self.slow = False
        """Whether his snapshots are skipped for now."""

    @property
    def player(self) -> int:
        """His player id."""
        assert self.member.player is not None
        return self.member.player

    def hears(self, kind: str) -> list[Any]:
        """Give the payloads of one type, oldest first."""
        return [payload for k, payload in self.inbox if k == kind]

    def events(self, name: str) -> list[Any]:
        """Give the data of one event, oldest first."""
        return [payload["data"] for payload in self.hears("event") if payload["name"] == name]

    @property
    def token(self) -> tuple[int, int]:
        """What he would come back with: player id and generation."""
        player, generation = self.hears("joined")[-1]["token"].split(".")
        return int(player), int(generation)

    @property
    def ack(self) -> int | None:
        """The newest `ack` that he read."""
        assert self.replica is not None
        return self.replica.ack

    def table(self, name: str) -> dict[int, list[Any]]:
        """Give what he knows of a table."""
        assert self.replica is not None
        return {row_id: list(row) for row_id, row in self.replica.tables[name].items()}


class Party:
    """Drives a room and delivers what it posts."""

    def __init__(
        self,
        game: type[Game],
        *,
        seed: int = 1,
        bots: int = 0,
        settings: Settings | None = None,
        options: Any = None,
        saved: bytes | None = None,
    ) -> None:
        self.held: Counter[str] = Counter()
        """Seats that wait, by whom they are held for."""
        self.room = Room(
            game.spec,
            room_id="test",
            seed=seed,
            bots=bots,
            settings=settings,
            options=options,
            saved=saved,
            held=self.held,
            token=lambda player, generation: f"{player}.{generation}",
        )
        self.game: Any = self.room.engine.game
        """The game itself, as its author wrote it."""
        self.guests: dict[int, Guest] = {}
        self.gone: dict[int, Guest] = {}

    def join(self, name: str | None = None, *, identity: str | None = None) -> Guest:
        """Ask for a seat; the next step gives it."""
        return self._add(self.room.join(name=name, handle=len(self.guests) + 1, identity=identity))

    def spectate(self, name: str = "Eve") -> Guest:
        """Ask to watch."""
        return self._add(self.room.spectate(name=name, handle=len(self.guests) + 1))

    def resume(self, guest: Guest) -> Guest:
        """Come back to a guest's seat by his token; the next step lets the new one in."""
        member, _ = self.room.resume(*guest.token, handle=len(self.guests) + 1)
        return self._add(member)

    def _add(self, member: Member) -> Guest:
        guest = self.guests[member.id] = Guest(member)
        return guest

    def leave(self, guest: Guest, *, lost: bool = False) -> None:
        """Ask out, or vanish."""
        if lost:
            self.room.lose(guest.member.id, held_for="here")
        else:
            self.room.leave(guest.member.id, reason="left")

    def step(self, times: int = 1) -> None:
        """Run steps, each with its snapshot."""
        for _ in range(times):
            self.deliver(self.room.step())
            self.room.snapshot()
            self._send_frames()
            if self.room.ended:
                self.deliver(self.room.close("ended"))
                return

    def deliver(self, outcome: Outcome) -> None:
        """Hand the posts over, and take out who departed."""
        for post in outcome.posts:
            payload = json.loads(post.payload)
            for member in post.to:
                guest = self.guests[member]
                guest.inbox.append((post.type, payload))
                if post.type == "joined":
                    guest.replica, guest.binary = Replica(payload["schema"]), Replica(payload["schema"])
        for member in outcome.departed:
            self.gone[member] = self.guests.pop(member)

    def _send_frames(self) -> None:
        for guest in self.guests.values():
            if guest.replica is None or guest.slow:
                continue
            base = guest.replica.tick
            frame = self.room.frame(guest.member.id, base, JSON)
            guest.frames.append(frame)
            envelope = json.loads(frame)
            assert (envelope["type"], envelope["handle"]) == ("snapshot", guest.member.handle)
            guest.replica.apply_json(json.dumps(envelope["payload"]).encode())
            # Both formats tell the same, whatever happens in a room.
            assert guest.binary is not None
            assert guest.binary.apply_frame(self.room.frame(guest.member.id, base, BINARY)) == guest.member.handle
            assert guest.binary.tables == guest.replica.tables
            assert (guest.binary.tick, guest.binary.ack) == (guest.replica.tick, guest.replica.ack)
