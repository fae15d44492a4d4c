"""The synchronous heart of a room: members, inbox, `step()`.

It knows no socket, no clock and no asyncio: a whole match runs inside one test. What it wants sent it gives back as
`Post`s; who is written to, and how, is the shell's business.
"""

from __future__ import annotations

from msgspec import UNSET

from gameserver.declarations import Command, Input, Options, Player
from gameserver.engine import Engine
from gameserver.errors import Refused
from gameserver.posts import Outbox, Outcome
from gameserver.protocol.messages import (
    AudienceInfo,
    ChatLine,
    Error,
    EventMessage,
    Joined,
    Left,
    PlayerInfo,
    PlayerJoined,
    PlayerLeft,
)
from gameserver.protocol.snapshot import SnapshotFormat, Snapshots, State
from gameserver.seats import Enter, Exit, Member, Say, Seat
from gameserver.settings import Settings
from gameserver.spec import GameSpec


class Room:
    """One running game and the people in it.

    `setup` has run when the constructor returns. Call `step()` once per tick, `snapshot()` after the last step before
    sending, then `frame()` for each member that is to get one.
    """

    def __init__(
        self,
        spec: GameSpec,
        *,
        room_id: str,
        seed: int,
        options: Options | None = None,
        bots: int = 0,
        tick_rate: float | None = None,
        settings: Settings | None = None,
        saved: bytes | None = None,
    ) -> None:
        """Open the room, or reopen it as `saved` by `save()`.

        Raises:
            RoomFailed: the game raised in `setup` or `derive`, or its saved state doesn't fit any more.

        """
        self.spec = spec
        self.id = room_id
        self.settings = settings or Settings()
        self.tick_rate = float(tick_rate or spec.tick_rate)
        self.options = options if options is not None else spec.options()
        self.members: dict[int, Member] = {}
        self._people = self._spectators = 0
        self._next_member = 1
        self._inbox: list[Enter | Exit | Say] = []
        self._outbox = Outbox()
        self._snapshots = Snapshots(self.settings.snapshot_history)
        self.engine = Engine(
            spec,
            self,
            room_id=room_id,
            seed=seed,
            options=self.options,
            bots=bots,
            tick_rate=self.tick_rate,
            settings=self.settings,
            saved=saved,
        )
        self._unattended = self.engine.unattended

    @property
    def tick(self) -> int:
        """The last tick that ran; 0 before the first."""
        return self.engine.tick

    @property
    def ended(self) -> bool:
        """Whether the game called `end`: the last step has run."""
        return self.engine.host.ended

    @property
    def people(self) -> int:
        """Players that are no bots, those on their way in included, those on their way out not."""
        return self._people

    @property
    def spectators(self) -> int:
        """Spectators, counted in the same way."""
        return self._spectators

    @property
    def bot_count(self) -> int:
        """Bots in seats."""
        return self.engine.bot_count

    @property
    def open(self) -> bool:
        """Whether another player may come in."""
        return not (self.ended or self.engine.host.locked or self._people + self._unattended >= self.spec.max_players)

    @property
    def watchable(self) -> bool:
        """Whether another spectator may come in."""
        return not self.ended and self.spectators < self.settings.max_spectators

    # Coming and going, talking, playing: noted here, done in the next step.

    def join(self, *, name: str | None, handle: int) -> Member:
        """Take a seat; the next step lets the player in.

        Raises:
            Refused: `room_full`, also when the game locked the room.

        """
        self._check_admitting()
        if not self.open:
            raise Refused("room_full", f"Room {self.id} is full: it seats {self.spec.max_players}.")
        seat = self.engine.reserve(self._next_member)
        return self._add_member(handle, name or f"Player {seat.player}", seat.player)

    def _check_admitting(self) -> None:
        if self.ended:
            raise Refused("room_full", f"Room {self.id} has ended.")
        if self.engine.host.locked:
            raise Refused("room_full", f"Room {self.id} is locked: its game has begun.")

    def spectate(self, *, name: str, handle: int) -> Member:
        """Come in to watch; the next step lets the spectator in.

        Raises:
            Refused: `room_full`, when as many as may watch do so already.

        """
        if self.ended:
            raise Refused("room_full", f"Room {self.id} has ended.")
        if self.spectators >= self.settings.max_spectators:
            raise Refused("room_full", f"Room {self.id} has {self.settings.max_spectators} spectators; no more fit.")
        return self._add_member(handle, name, None)

    def leave(self, member_id: int, *, reason: str, lost: bool = False) -> None:
        """Ask out (or, with `lost`, note that the connection is gone); the next step sees to it."""
        member = self.members.get(member_id)
        if member is not None and not member.leaving:
            member.leaving = True
            self._count(member, -1)
            # Bounded: a connection that is still leaving can't come back before it has left.
            self._inbox.append(Exit(member, reason, lost))

    def chat(self, member_id: int, text: str) -> None:
        """Say something with the next step.

        Raises:
            Refused: `rate_limited`, when too much of this member waits already.

        """
        member = self.members[member_id]
        self._count_waiting(member)
        self._inbox.append(Say(member, text))

    def command(self, player: int, command: Command, seq: int | None = None) -> None:
        """Do this in the next step; what arrives first is done first.

        Raises:
            Refused: `bad_message` when `seq` doesn't rise, `rate_limited` when too much of this player waits already.

        """
        member = self.engine.seats[player].member
        if member is not None:
            self._count_waiting(self.members[member])
        self.engine.command(player, command, seq)

    def input(self, player: int, given: Input, seq: int | None = None) -> None:
        """Hold this from one of the next steps on.

        Raises:
            Refused: `bad_message` when `seq` doesn't rise.

        """
        self.engine.input(player, given, seq)

    def skip(self, player: int, seq: int | None) -> None:
        """Note that a command or input with this number was refused before it reached the game."""
        self.engine.skip(player, seq)

    def _add_member(self, handle: int, name: str, player: int | None) -> Member:
        member = Member(self._next_member, handle, name, player)
        self._next_member += 1
        self.members[member.id] = member
        self._count(member, 1)
        self._inbox.append(Enter(member))
        return member

    def _count(self, member: Member, by: int) -> None:
        if member.player is None:
            self._spectators += by
        else:
            self._people += by

    def _count_waiting(self, member: Member) -> None:
        # Bounded: beyond the limit the sender is told, and what he sent is dropped.
        if member.waiting >= self.settings.max_commands_per_tick:
            raise Refused("rate_limited", f"More than {self.settings.max_commands_per_tick} messages in one tick.")
        member.waiting += 1

    # The step.

    def step(self) -> Outcome:
        """Run one tick: joins and leaves, commands, inputs through `move`, `tick()`, events.

        Raises:
            RoomFailed: the game raised; the room is over.

        """
        engine = self.engine
        engine.begin(engine.tick + 1)
        self._joins_and_leaves()
        engine.balance_bots()
        self._outbox.tell_audience(self._audience())
        engine.run_bots()
        engine.run_commands()
        engine.run_inputs()
        engine.run_tick()
        self._post_events()
        return self._outbox.take()

    def close(self, reason: str) -> Outcome:
        """Tell every member that he is out; no step may follow."""
        for member in list(self.members.values()):
            self._outbox.post([member.id], Left(reason))
            self._drop(member)
        return self._outbox.take()

    def _joins_and_leaves(self) -> None:
        inbox, self._inbox = self._inbox, []
        for member in self.members.values():
            member.waiting = 0
        for entry in inbox:
            match entry:
                case Enter(member=member):
                    self._let_in(member)
                case Exit(member=member, reason=reason, lost=lost):
                    self._see_off(member, reason, lost=lost)
                case Say(member=member, text=text) if member.joined:
                    self._outbox.post(self._everyone(), ChatLine(member.player, member.name, text))
                case Say():  # turned away by the game in this very step
                    pass

    def _let_in(self, member: Member) -> None:
        if member.player is not None:
            try:
                self._check_admitting()  # the game may have changed its mind since he asked
                self.engine.admit(Player(member.player, member.name))
            except Refused as refusal:
                self.engine.release(member.player)
                self._outbox.post([member.id], Error(refusal.code, refusal.message))
                self._drop(member)
                return
        member.joined = True
        audience = self._audience()
        self._outbox.note_told(member.id, audience)
        joined = Joined(
            room=self.id,
            game=self.spec.name,
            handle=member.handle,
            role="spectator" if member.player is None else "player",
            player=member.player,
            tick=self.tick,
            tick_rate=self.tick_rate,
            token=None,
            schema=self.spec.schema(),
            players=[PlayerInfo(p.id, p.name, p.bot) for p in self.engine.players.values()],
            audience=audience,
        )
        self._outbox.post([member.id], joined)

    def _see_off(self, member: Member, reason: str, *, lost: bool) -> None:
        if member.id not in self.members:
            return
        if not lost:
            self._outbox.post([member.id], Left(reason))
        self._drop(member)
        if member.player is not None:
            self.engine.dismiss(member.player, reason, lost=lost)

    def _drop(self, member: Member) -> None:
        if not member.leaving:
            self._count(member, -1)
        member.joined = False
        del self.members[member.id]
        self._outbox.depart(member.id)

    def _audience(self) -> AudienceInfo:
        joined = [m for m in self.members.values() if m.joined]
        players = sum(1 for m in joined if m.player is not None)
        return AudienceInfo(players, len(joined) - players)

    def _post_events(self) -> None:
        everyone = self._everyone()
        for player, name, data in self.engine.take_events():
            to = everyone
            if player is not None:
                seat = self.engine.seats.get(player)
                to = [] if seat is None or seat.member is None else [seat.member]
            with self.engine.guard(f"event {name}"):
                self._outbox.post(to, EventMessage(name, self.tick, data))

    def _everyone(self) -> list[int]:
        return [m.id for m in self.members.values() if m.joined]

    # News from the engine.

    def player_joined(self, player: Player) -> None:
        """Tell the others; the newcomer reads it in his `joined`."""
        self._outbox.post(self._everyone(), PlayerJoined(player.id, player.name, player.bot))

    def player_left(self, player: int, reason: str) -> None:
        """Tell those who stay."""
        self._outbox.post(self._everyone(), PlayerLeft(player, reason))

    def command_refused(self, seat: Seat, refusal: Refused, seq: int | None) -> None:
        """Tell the one who asked."""
        if seat.member is not None:
            self._outbox.post([seat.member], Error(refusal.code, refusal.message, UNSET if seq is None else seq))

    # Snapshots and saving.

    def snapshot(self, *, busy_ms: float = 0.0) -> State:
        """Capture all tables as of the last step; `frame` then gives each member's bytes.

        `busy_ms` is what the room's previous turn took, for clients that show it.

        Raises:
            RoomFailed: a value breaks its field's bounds.

        """
        with self.engine.guard("snapshot"):
            return self._snapshots.take(self.tick, self.engine.host.tables, busy_ms=busy_ms)

    def frame(self, member_id: int, base_tick: int | None, fmt: SnapshotFormat) -> bytes:
        """Give a member's frame of the last snapshot, as a delta from `base_tick` where that is still known.

        Raises:
            RoomFailed: the state can't be encoded.

        """
        member = self.members[member_id]
        seat = None if member.player is None else self.engine.seats.get(member.player)
        with self.engine.guard("snapshot"):
            return self._snapshots.frame(
                fmt,
                handle=member.handle,
                base_tick=base_tick,
                player=member.player,
                ack=None if seat is None else seat.queue.ack,
                margin=None if seat is None else seat.queue.margin,
            )

    def save(self) -> bytes:
        """Give the room's state as of the last step, people's connections aside.

        Raises:
            StateError: the state can't be saved.

        """
        return self.engine.save()

    def state_hash(self) -> str:
        """Give a digest of the state: equal where everything that the rules can see is equal."""
        return self.engine.digest()
