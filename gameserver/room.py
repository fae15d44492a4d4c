"""The synchronous heart of a room: members, inbox, `step()`.

It knows no socket, no clock and no asyncio: a whole match runs inside one test. What it wants sent it gives back as
`Post`s; who is written to, and how, is the shell's business.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import msgspec
from msgspec import UNSET

from gameserver.declarations import Command, Input, Options, Player, name_of
from gameserver.engine import Engine
from gameserver.errors import ProtocolError, Refused
from gameserver.posts import Outbox, Outcome
from gameserver.protocol.messages import (
    AudienceInfo,
    ChatLine,
    Error,
    EventMessage,
    Joined,
    Left,
    PlayerAway,
    PlayerBack,
    PlayerInfo,
    PlayerJoined,
    PlayerLeft,
)
from gameserver.protocol.snapshot import SnapshotFormat, Snapshots, State
from gameserver.reports import JOIN, LEAVE, LOST, RESUME, Recent, Report
from gameserver.seats import Enter, Exit, Member, Return, Say, Seat
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
    ) -> None:
        """Open the room, or reopen it as `saved` by `save()`.

        `token` signs what a player (id) comes back with, by its generation; without it nobody gets one.

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
        self._seed, self._bots, self._token = seed, bots, token
        resume_s = self.settings.resume_s if spec.resume_s is None else spec.resume_s
        self._resume_ticks = ceil(resume_s * self.tick_rate)
        self._held: dict[int, str] = {}
        """For whom the seats of players that were lost are held, by player id."""
        self._recent = Recent(self.settings.report_inputs)
        self._reopened = saved is not None
        self._inbox: list[Enter | Return | Exit | Say] = []
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
        self._people = self.engine.unattended
        self._away = {p: s.away_until for p, s in self.engine.seats.items() if s.away_until is not None}
        """When absent players lose their seats, by id."""

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
        """Players that are no bots: those away and on their way in included, those on their way out not."""
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
        return not (self.ended or self.engine.host.locked or self._people >= self.spec.max_players)

    @property
    def attended(self) -> bool:
        """Whether somebody plays or watches, or may still come back to his seat."""
        return bool(self.members or self._away)

    @property
    def playing(self) -> bool:
        """Whether somebody with a connection plays."""
        return any(member.player is not None for member in self.members.values())

    @property
    def watchable(self) -> bool:
        """Whether another spectator may come in."""
        return not self.ended and self.spectators < self.settings.max_spectators

    # Coming and going, talking, playing: noted here, done in the next step.

    def join(self, *, name: str | None, handle: int, identity: str | None = None) -> Member:
        """Take a seat; the next step lets the player in.

        Raises:
            Refused: `room_full`, also when the game locked the room.

        """
        self._check_admitting()
        if not self.open:
            raise Refused("room_full", f"Room {self.id} is full: it seats {self.spec.max_players}.")
        seat = self.engine.reserve(self._next_member, identity)
        self._recent.note(self.tick, seat.player, JOIN, (name, identity))
        self._people += 1
        member = self._add_member(handle, name or f"Player {seat.player}", seat.player)
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
        replaced = seat.member if seat.member in self.members else None
        self._recent.note(self.tick, player, RESUME, identity)
        member = self._add_member(handle, self.engine.players[player].name, player)
        seat.take_over(generation, member.id)
        self._held.pop(player, None)
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
        self._spectators += 1
        member = self._add_member(handle, name, None)
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

    def held_for(self, whom: str) -> int:
        """Count the seats that wait for their players, and are held for this one."""
        return sum(1 for each in self._held.values() if each == whom)

    def _go(self, member_id: int, reason: str, *, lost: bool, held_for: str | None) -> None:
        member = self.members.get(member_id)
        if member is None or member.leaving:
            return
        member.leaving = True
        if member.player is None:
            self._spectators -= 1
        else:
            self._recent.note(self.tick, member.player, LOST if lost else LEAVE, held_for is not None)
            seat = self.engine.seats.get(member.player)
            # The seat is another member's by now where somebody has resumed.
            if seat is not None and seat.member == member_id:
                if held_for is not None and self._may_return(member, seat):
                    self._held[seat.player] = held_for
                else:
                    self._give_up(seat)
        # Bounded: a connection that is still leaving can't come back before it has left.
        self._inbox.append(Exit(member, reason, lost))

    def _may_return(self, member: Member, seat: Seat) -> bool:
        # Whoever was lost before he was let in for the first time has no token.
        return self._resume_ticks > 0 and (member.joined or seat.generation > 1)

    def _give_up(self, seat: Seat) -> None:
        """Count a player out, once."""
        if not seat.given_up:
            seat.given_up = True
            self._people -= 1

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
        self._recent.note(self.tick, player, name_of(type(command)), command)

    def input(self, player: int, given: Input, seq: int | None = None) -> None:
        """Hold this from one of the next steps on.

        Raises:
            Refused: `bad_message` when `seq` doesn't rise.

        """
        self.engine.input(player, given, seq)
        self._recent.note(self.tick, player, name_of(type(given)), given)

    def skip(self, player: int, seq: int | None) -> None:
        """Note that a command or input with this number was refused before it reached the game."""
        self.engine.skip(player, seq)

    def _add_member(self, handle: int, name: str, player: int | None) -> Member:
        member = Member(self._next_member, handle, name, player)
        self._next_member += 1
        self.members[member.id] = member
        return member

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
                case Return(member=member, replaced=replaced):
                    self._let_back(member, replaced)
                case Exit(member=member, reason=reason, lost=lost):
                    self._see_off(member, reason, lost=lost)
                case Say(member=member, text=text) if member.joined:
                    self._outbox.post(self._everyone(), ChatLine(member.player, member.name, text))
                case Say():  # turned away by the game in this very step
                    pass
        for player in [p for p, until in self._away.items() if self.tick >= until]:
            del self._away[player]
            self._held.pop(player, None)
            self._give_up(self.engine.seats[player])
            self.engine.dismiss(player, "disconnected")

    def _let_in(self, member: Member) -> None:
        if member.player is not None:
            seat = self.engine.seats[member.player]
            try:
                self._check_admitting()  # the game may have changed its mind since he asked
                self.engine.admit(Player(member.player, member.name, identity=seat.identity))
            except Refused as refusal:
                self._give_up(seat)
                self.engine.release(member.player)
                self._outbox.post([member.id], Error(refusal.code, refusal.message))
                self._drop(member)
                return
        self._welcome(member)

    def _let_back(self, member: Member, replaced: int | None) -> None:
        assert member.player is not None  # noqa: S101  # for the type checker
        player = member.player
        if replaced is not None and replaced in self.members:
            self._outbox.post([replaced], Left("replaced"))
            self._outbox.replace(replaced)
            self._drop(self.members[replaced])
        self.engine.reconnect(player)
        if self._away.pop(player, None) is not None:
            self.engine.seats[player].away_until = None
            self._outbox.post(self._everyone(), PlayerBack(player))
        self._welcome(member)

    def _welcome(self, member: Member) -> None:
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
            token=self._new_token(member),
            schema=self.spec.schema(),
            players=[PlayerInfo(p.id, p.name, p.bot) for p in self.engine.players.values()],
            audience=audience,
        )
        self._outbox.post([member.id], joined)
        for player in self._away:
            self._outbox.post([member.id], PlayerAway(player))

    def _new_token(self, member: Member) -> str | None:
        if member.player is None or self._token is None:
            return None
        return self._token(member.player, self.engine.seats[member.player].generation)

    def _see_off(self, member: Member, reason: str, *, lost: bool) -> None:
        if member.id not in self.members:
            return
        if not lost:
            self._outbox.post([member.id], Left(reason))
        self._drop(member)
        seat = self.engine.seats.get(member.player or 0)
        if seat is None or seat.member != member.id:  # a spectator, or somebody whose seat is another member's by now
            return
        seat.member = None
        if lost:
            self.engine.disconnect(seat.player)
        if seat.given_up:
            self.engine.dismiss(seat.player, reason)
        else:
            seat.away_until = self._away[seat.player] = self.tick + self._resume_ticks
            self._outbox.post(self._everyone(), PlayerAway(seat.player))

    def _drop(self, member: Member) -> None:
        if member.player is None and not member.leaving:
            self._spectators -= 1
        member.joined = False
        del self.members[member.id]
        self._outbox.depart(member.id)

    def _audience(self) -> AudienceInfo:
        spectators = sum(1 for m in self.members.values() if m.joined and m.player is None)
        return AudienceInfo(len(self.engine.players) - self.engine.bot_count, spectators)

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

    def command_refused(self, member: int | None, refusal: Refused, seq: int | None) -> None:
        """Tell the one who asked."""
        if member in self.members:
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
