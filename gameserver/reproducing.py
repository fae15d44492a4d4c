"""Playing a failed room again from its report, to meet the failure in a debugger."""

from __future__ import annotations

import msgspec

from gameserver.declarations import Command
from gameserver.errors import ReportError
from gameserver.game import Game
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.reports import JOIN, LEAVE, LOST, RESUME, Deed, Report, read_report
from gameserver.room import Room
from gameserver.settings import Settings


def reproduce(report: str | bytes, game: type[Game]) -> Room:
    """Play a room up to where its report says that it failed; gives the room, if the failure doesn't come again.

    Args:
        report: the JSON in the log, after `report:`.
        game: the class; a corrected one, to see that the failure is gone.

    Raises:
        RoomFailed: as it did then.
        ReportError: the report isn't one of this game, or doesn't reach back to the room's beginning.

    """
    read = read_report(report)
    spec = game.spec
    if read.game != spec.name:
        raise ReportError(f"this is a report of {read.game}, not of {spec.name}")
    if not read.complete:
        raise ReportError("too much came in before the failure; raise --report-inputs to keep more")
    room = Room(
        spec,
        room_id=read.room,
        seed=read.seed,
        options=msgspec.convert(read.options, spec.options),
        bots=read.bots,
        tick_rate=read.tick_rate,
        settings=msgspec.convert(read.settings, Settings),
    )
    _play(room, read)
    return room


def _play(room: Room, report: Report) -> None:
    deeds = iter(report.deeds)
    deed = next(deeds, None)
    while room.tick < report.tick:
        while deed is not None and deed.tick == room.tick:
            _do(room, deed)
            deed = next(deeds, None)
        room.step()
        room.snapshot()
    for member in room.members.values():  # what can be captured may still not be encoded
        if member.joined:
            room.frame(member.id, None, BinarySnapshots())
            room.frame(member.id, None, JsonSnapshots())


def _do(room: Room, deed: Deed) -> None:
    seat = room.engine.seats.get(deed.player)
    if deed.what == JOIN:
        room.join(name=deed.data[0], handle=deed.player, identity=deed.data[1])
    elif seat is None:
        raise ReportError(f"player {deed.player} isn't there at tick {deed.tick}: is this another version of the game?")
    elif deed.what == RESUME:
        room.resume(deed.player, seat.generation, handle=deed.player, identity=deed.data)
    elif deed.what in {LEAVE, LOST}:
        assert seat.member is not None  # noqa: S101  # for the type checker: only who is there can go
        if deed.what == LEAVE:
            room.leave(seat.member, reason="left")
        else:
            room.lose(seat.member, held_for="" if deed.data else None)
    else:
        given = msgspec.convert(deed.data, room.spec.playable[deed.what])
        if isinstance(given, Command):
            room.command(deed.player, given)
        else:
            room.input(deed.player, given)
