"""The synchronous heart of a room: members, inbox, `step()`.

It knows no socket, no clock and no asyncio: a whole match runs inside one test. What it wants sent it gives back as
`Post`s; who is written to, and how, is the shell's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from math import ceil

import msgspec
from msgspec import UNSET

from gameserver.declarations import Command, Input, Options, Player, name_of
from gameserver.engine import Engine
from gameserver.errors import ProtocolError, Refused, RoomFailed
from gameserver.inputs import InputQueue
from gameserver.people import People
from gameserver.posts import Outbox, Outcome
from gameserver.protocol.messages import (
    AudienceInfo,
    ChatLine,
    Error,
    EventMessage,
    Joined,
    PlayerInfo,
    PlayerJoined,
    PlayerLeft,
)
from gameserver.protocol.snapshot import Frames, SnapshotFormat, Snapshots, State
from gameserver.reports import JOIN, LEAVE, LOST, RESUME, Recent, Report
from gameserver.seats import Enter, Exit, Member, Return, Say
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
        token: Callable[[int, int], str] | None = None,
        held: Counter[str] | None = None,
    ) -> None:
        """Open the room, or reopen it as `saved` by `save()`.

        `token` signs what a player (id) comes back with, by its generation; without it nobody gets one. `held` counts
        the seats that wait for their players, by whom they are held for; rooms may share it.

        Raises:
            RoomFailed: the game raised in `setup` or `derive`, or its saved state doesn't fit any more.

        """
        self.spec = spec
        self.id = room_id
        self.settings = settings or Settings()
        self.tick_rate = float(tick_rate or spec.tick_rate)
        self.options = options if options is not None else spec.options()
        self._seed, self._bots, self._token = seed, bots, token
        self._recent = Recent(self.settings.report_inputs, name_of)
        self._reopened = saved is not None
        self._inbox: list[Enter | Return | Exit | Say] = []
        self._waited: list[Member] = []
        """Whose messages have waited since the last step."""
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
        resume_s = self.settings.resume_s if spec.resume_s is None else spec.resume_s
        self._people = People(
            self.engine,
            self._outbox,
            resume_ticks=ceil(resume_s * self.tick_rate),
            welcome=self._joined,
            held=Counter() if held is None else held,
        )

    @property
    def tick(self) -> int:
        """The last tick that ran; 0 before the first."""
        return self.engine.tick

    @property
    def ended(self) -> bool:
        """Whether the game called `end`: the last step has run."""
        return self.engine.host.ended

    @property
    def members(self) -> Mapping[int, Member]:
        """Everybody with a connection, by id; those who were not let in yet have `joined` False."""
        return self._people.members

    @property
    def people(self) -> int:
        """Players that are no bots: those away and on their way in included, those on their way out not."""
        return self._people.seated

    @property
    def spectators(self) -> int:
        """Spectators, counted in the same way."""
        return self._people.spectators

    @property
    def bot_count(self) -> int:
        """Bots in seats."""
        return self.engine.bot_count

    @property
    def open(self) -> bool:
        """Whether another player may come in."""
        return not (self.ended or self.engine.host.locked or self.people >= self.spec.max_players)

    @property
    def attended(self) -> bool:
        """Whether somebody plays or watches, or may still come back to his seat."""
        return self._people.attended

    @property
    def playing(self) -> bool:
        """Whether somebody with a connection plays."""
        return self._people.playing

    @property
    def watchable(self) -> bool:
        """Whether another spectator may come in."""
        return not self.ended and self.spectators < self.settings.max_spectators

    # Coming and going, talking, playing: noted here, done in the next step.

    def join(self, *, name: str | None, handle: int, identity: str | None = None, seq: int | None = None) -> Member:
        """Take a seat; the next step lets the player in, or answers the request (`seq`) by an error.

        Raises:
            Refused: `room_full`, also when the game locked the room.

        """
        self._check_admitting()
        if not self.open:
            raise Refused("room_full", f"Room {self.id} is full: it seats {self.spec.max_players}.")
        seat = self.engine.reserve(self._people.next_id, identity)
        self._recent.note((self.tick, seat.player, JOIN, (name, identity)))
        self._people.seated += 1
        member = self._people.add(handle, name or f"Player {seat.player}", seat.player, seq)
        self._inbox.append(Enter(member))
        return member

    def resume(
        self, player: int, generation: int, *, handle: int, identity: str | None = None
    ) -> tuple[Member, int | None]:
        """Come back to a seat; from now on it is this member's. The next step lets him in.

        Gives him, and the member who had the seat until now, if anyone has: he is out with that step.

        Raises:
            ProtocolError: `bad_token`, when the seat was given up or lost, or a newer token is out.

        """
        seat = self.engine.seats.get(player)
        if self.ended or seat is None or not seat.accepts(generation) or seat.identity != identity:
            raise ProtocolError("bad_token", "This token is not valid any more; join again.")
        self._recent.note((self.tick, player, RESUME, identity))
        member = self._people.add(handle, self.engine.players[player].name, player)
        replaced = self._people.take_over(seat, generation, member)
        self._inbox.append(Return(member, replaced))
        return member, replaced

    def confirm(self, member_id: int) -> bool:
        """Note that a member speaks; once he was let in, older tokens for his seat are void. Tells whether he was."""
        member = self.members.get(member_id)
        if member is None or not member.joined:
            return False
        seat = self.engine.seats.get(member.player or 0)
        if seat is not None and seat.member == member_id:
            seat.unconfirmed = None
        return True

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
        self._people.spectators += 1
        member = self._people.add(handle, name, None)
        self._inbox.append(Enter(member))
        return member

    def leave(self, member_id: int, *, reason: str) -> None:
        """Ask out; the next step sees to it."""
        self._go(member_id, reason, lost=False, held_for=None)

    def lose(self, member_id: int, *, held_for: str | None) -> None:
        """Note that a member's connection is gone; the next step sees to it.

        His seat waits for him, and counts as held for whom it is said to be (an address); None: it doesn't wait.
        """
        self._go(member_id, "disconnected", lost=True, held_for=held_for)

    def _go(self, member_id: int, reason: str, *, lost: bool, held_for: str | None) -> None:
        member = self.members.get(member_id)
        if member is None or member.leaving:
            return
        if self._people.set_out(member, held_for=held_for):
            self._recent.note((self.tick, member.player or 0, LOST if lost else LEAVE, held_for is not None))
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
            try:
                self._count_waiting(self.members[member])
            except Refused:
                self.engine.skip(player, seq)  # refused or not, `ack` tells that nobody need wait for this one
                raise
        self.engine.command(player, command, seq)
        self._recent.note((self.engine.tick, player, None, command))

    def input(self, player: int, given: Input, seq: int | None = None) -> None:
        """Hold this from one of the next steps on.

        Raises:
            Refused: `bad_message` when `seq` doesn't rise.

        """
        self.put(self.engine.seats[player].queue, given, seq)

    def put(self, queue: InputQueue, given: Input, seq: int | None) -> None:
        """Do what `input` does, for whoever has got a seat's queue already.

        Raises:
            Refused: as `input` does.

        """
        queue.put(seq, given)
        self._recent.note((self.engine.tick, queue.player, None, given))

    def skip(self, player: int, seq: int | None) -> None:
        """Note that a command or input with this number was refused before it reached the game."""
        self.engine.skip(player, seq)

    def _count_waiting(self, member: Member) -> None:
        # Bounded: beyond the limit the sender is told, and what he sent is dropped.
        if member.waiting >= self.settings.max_commands_per_tick:
            raise Refused("rate_limited", f"More than {self.settings.max_commands_per_tick} messages in one tick.")
        if not member.waiting:
            self._waited.append(member)
        member.waiting += 1

    # The step.

    def step(self) -> Outcome:
        """Run one tick: joins and leaves, commands, inputs through `move`, `tick()`, events.

        Raises:
            RoomFailed: the game raised; the room is over.

        """
        engine = self.engine
        engine.begin(engine.tick + 1)
        if self._inbox or self._waited or engine.bots or self._people.away:  # else the same people are here as before
            self._joins_and_leaves()
            engine.balance_bots()
            self._outbox.tell_audience(self._people.audience())
        engine.run()
        if engine.host.outbox:
            self._post_events()
        return self._outbox.take()

    def close(self, reason: str) -> Outcome:
        """Tell every member that he is out; no step may follow."""
        self._people.dissolve(reason)
        return self._outbox.take()

    def _joins_and_leaves(self) -> None:
        for member in self._waited:
            member.waiting = 0
        self._waited.clear()
        inbox, self._inbox = self._inbox, []
        for entry in inbox:
            match entry:
                case Enter(member=member):
                    # The game may have changed its mind since he asked.
                    self._people.let_in(member, self._check_admitting)
                case Return(member=member, replaced=replaced):
                    self._people.let_back(member, replaced)
                case Exit(member=member, reason=reason, lost=lost):
                    self._people.see_off(member, reason, lost=lost)
                case Say(member=member, text=text) if member.joined:
                    self._outbox.post(self._people.everyone(), ChatLine(member.player, member.name, text))
                case Say():  # turned away by the game in this very step
                    pass
        self._people.expire()

    def _joined(self, member: Member, audience: AudienceInfo) -> Joined:
        return Joined(
            room=self.id,
            game=self.spec.name,
            handle=member.handle,
            role="spectator" if member.player is None else "player",
            player=member.player,
            tick=self.tick,
            tick_rate=self.tick_rate,
            token=self._new_token(member),
            schema=self.spec.schema(),
            players=[PlayerInfo(p.id, p.name, p.bot) for p in self.engine.players.values()],
            audience=audience,
        )

    def _new_token(self, member: Member) -> str | None:
        if member.player is None or self._token is None:
            return None
        return self._token(member.player, self.engine.seats[member.player].generation)

    def _post_events(self) -> None:
        events = self.engine.take_events()
        everyone = self._people.everyone()
        for player, name, data in events:
            to = everyone
            if player is not None:
                seat = self.engine.seats.get(player)
                to = [] if seat is None or seat.member is None else [seat.member]
            with self.engine.guard(f"event {name}"):
                self._outbox.post(to, EventMessage(name, self.tick, data))

    # News from the engine.

    def player_joined(self, player: Player) -> None:
        """Tell the others; the newcomer reads it in his `joined`."""
        self._outbox.post(self._people.everyone(), PlayerJoined(player.id, player.name, player.bot))

    def player_left(self, player: int, reason: str) -> None:
        """Tell those who stay."""
        self._outbox.post(self._people.everyone(), PlayerLeft(player, reason))

    def command_refused(self, member: int | None, refusal: Refused, seq: int | None) -> None:
        """Tell the one who asked."""
        if member is not None and member in self.members:
            self._outbox.post([member], Error(refusal.code, refusal.message, UNSET if seq is None else seq))

    def report(self, hook: str, tick: int) -> str:
        """Tell how the room came to a failure, as JSON (`gameserver.reports.Report`)."""
        return Report(
            game=self.spec.name,
            room=self.id,
            seed=self._seed,
            options=msgspec.to_builtins(self.options),
            bots=self._bots,
            tick_rate=self.tick_rate,
            settings=self.settings.changed(),
            tick=tick,
            hook=hook,
            complete=self._recent.complete and not self._reopened,
            deeds=self._recent.deeds(),
        ).encode()

    # Snapshots and saving.

    def snapshot(self, *, busy_ms: float = 0.0) -> State:
        """Capture all tables as of the last step; `frame` then gives each member's bytes.

        `busy_ms` is what the room's previous turn took, for clients that show it.

        Raises:
            RoomFailed: a value breaks its field's bounds.

        """
        engine = self.engine
        try:
            return self._snapshots.take(engine.tick, engine.host.tables, busy_ms=busy_ms)
        except BaseException as error:
            raise engine.blame("snapshot", error) from error

    def frames(self, base_tick: int | None, fmt: SnapshotFormat) -> Frames:
        """Give the last snapshot's frames for everyone on a base: deltas where it is still known, else keyframes.

        Raises:
            RoomFailed: the state can't be encoded.

        """
        try:
            return self._snapshots.frames(base_tick, fmt)
        except BaseException as error:
            raise self.engine.blame("snapshot", error) from error

    def unsayable(self) -> RoomFailed:
        """Make the error for a state of which one member's part can't be encoded."""
        return self.engine.failure("snapshot")

    def keep_bases(self, base_ticks: Collection[int | None]) -> None:
        """Forget all states but the last snapshot's and those that somebody is still on."""
        self._snapshots.keep(base_ticks)

    def queue(self, player: int | None) -> InputQueue | None:
        """Give the inputs of a player's seat, which know what a snapshot acknowledges; None for spectators."""
        seat = None if player is None else self.engine.seats.get(player)
        return None if seat is None else seat.queue

    def frame(self, member_id: int, base_tick: int | None, fmt: SnapshotFormat) -> bytes:
        """Give one member's frame of the last snapshot, as it is sent in a WebSocket message.

        Raises:
            RoomFailed: the state can't be encoded.

        """
        member = self.members[member_id]
        queue = self.queue(member.player)
        ack, margin = (None, None) if queue is None else (queue.ack, queue.margin)
        frames = self.frames(base_tick, fmt)
        with self.engine.guard("snapshot"):
            return frames.payload(member.handle, member.player, ack, margin)

    def save(self) -> bytes:
        """Give the room's state as of the last step, people's connections aside.

        Raises:
            StateError: the state can't be saved.

        """
        return self.engine.save()

    def state_hash(self) -> str:
        """Give a digest of the state: equal where everything that the rules can see is equal."""
        return self.engine.digest()
