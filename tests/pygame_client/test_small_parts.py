"""Text boxes, settings, sounds, scores, and other small parts."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pygame
import pytest

from gameserver.games.arena.rows import FIGHT, PODIUM, PULSE, Fighter
from gameserver_pygame.arena.effects import KEPT, Effects
from gameserver_pygame.arena.gun import LocalGun
from gameserver_pygame.arena.hud import LastSeconds
from gameserver_pygame.arena.kill_feed import SHOWN_S, Kill, KillFeed
from gameserver_pygame.arena.look import is_arena
from gameserver_pygame.arena.marks import HIT_S, HURT_S, Marks
from gameserver_pygame.arena.standings import clock_text, first_and_own, standings
from gameserver_pygame.arena.watcher import Watcher
from gameserver_pygame.chat import LINES, LINES_OPEN, Log
from gameserver_pygame.notices import Notices
from gameserver_pygame.pace import Pace
from gameserver_pygame.session import Trouble
from gameserver_pygame.settings import Settings, load_settings, random_name
from gameserver_pygame.shapes import Shapes
from gameserver_pygame.sound import SOUNDS, Place
from gameserver_pygame.synth import RATE_HZ, Tone, interleaved, mixed
from gameserver_pygame.text_box import TextBox
from gameserver_pygame.theme import mix, player_colour


def type_key(box: TextBox, *codes: int) -> None:
    """Press keys."""
    for code in codes:
        box.handle(pygame.Event(pygame.KEYDOWN, scancode=code))


def test_a_line_is_edited_where_the_cursor_is() -> None:
    """It never gets longer than it may, and takes nothing that can't be seen."""
    box = TextBox("Ad", longest=6)
    box.handle(pygame.Event(pygame.TEXTINPUT, text="a\n"))
    type_key(box, pygame.KSCAN_HOME, pygame.KSCAN_RIGHT)
    box.handle(pygame.Event(pygame.TEXTINPUT, text="12345678"))
    assert (box.text, box.cursor) == ("A123da", 4)
    type_key(box, pygame.KSCAN_BACKSPACE, pygame.KSCAN_DELETE, pygame.KSCAN_LEFT, pygame.KSCAN_LEFT, pygame.KSCAN_LEFT)
    type_key(box, pygame.KSCAN_LEFT, pygame.KSCAN_BACKSPACE)
    assert (box.text, box.cursor) == ("A12a", 0)
    type_key(box, pygame.KSCAN_END, pygame.KSCAN_RIGHT, pygame.KSCAN_DELETE)
    assert (box.text, box.cursor) == ("A12a", 4)


def test_settings_are_kept(tmp_path: Path) -> None:
    """What can't be read counts as not there; what is out of bounds is put right."""
    path = tmp_path / "new" / "play.json"
    Settings(name="Ada", volume=0.2, muted=True).save(path)
    assert load_settings(path) == Settings(name="Ada", volume=0.2, muted=True)
    path.write_text('{"volume": 7, "name": "' + "x" * 99 + '", "later": 1}')
    assert load_settings(path) == Settings(name="x" * 24, volume=1.0)
    path.write_text("no JSON")
    assert load_settings(path).name
    Settings().save(path / "not a folder")


def test_random_names_have_two_words() -> None:
    """And differ."""
    names = {random_name(random.Random(seed)) for seed in range(20)}
    assert len(names) > 10
    assert all(len(name.split()) == 2 for name in names)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sound_begins_without_a_click_and_dies_away(name: str) -> None:
    """It is heard, and never louder than 16 bits are."""
    samples = mixed(SOUNDS[name])
    assert samples[0] == 0
    assert max(samples) > 1000
    assert max(map(abs, samples[-40:])) < 700


def test_tones_have_their_length_and_both_ears_hear_them() -> None:
    """Waiting counts, too."""
    samples = mixed([Tone("sine", 440, 440, 0.1, 0.5, wait_s=0.2)])
    assert len(samples) == round(0.3 * RATE_HZ)
    assert not any(samples[: round(0.2 * RATE_HZ)])
    assert interleaved(samples, 2)[-2:].tolist() == [samples[-1]] * 2


def test_sounds_come_from_their_side() -> None:
    """As loud as they are near."""
    assert Place(0.5).sides(1.0) == (0.5, 0.5)
    left, right = Place(1.0, -0.8).sides(0.5)
    assert left > right


def test_standings_are_the_podiums() -> None:
    """Most points, then fewest deaths, then who came first; oneself wherever that is."""
    rows = {3: (5, 1), 1: (5, 2), 2: (5, 1), 9: (7, 9), 4: (0, 0)}
    fighters = {player: SimpleNamespace(points=p, kills=p, deaths=d) for player, (p, d) in rows.items()}
    everyone = standings(fighters)
    assert [(each.rank, each.player) for each in everyone] == [(1, 9), (2, 2), (3, 3), (4, 1), (5, 4)]
    assert [each.player for each in first_and_own(everyone, 2, 4)] == [9, 2, 4]
    assert [each.player for each in first_and_own(everyone, 2, 9)] == [9, 2]


def test_clocks() -> None:
    """Rounded up: 0:00 is over."""
    assert [clock_text(left_s) for left_s in (125, 59.2, 0.1, 0, -3)] == ["2:05", "1:00", "0:01", "0:00", "0:00"]


def test_the_last_seconds_are_told_once_each() -> None:
    """Not before, and not of the podium."""
    seconds, told = LastSeconds(), 0
    for left in range(150, -20, -1):
        told += seconds.passed(left / 10, fighting=True)
    assert told == 10
    assert not seconds.passed(5, fighting=False)


def test_the_gun_keeps_the_servers_rhythm() -> None:
    """It goes off at once, then as often as the rules say."""
    gun, own = LocalGun(), Fighter(hp=100, weapon=PULSE, fire_at=12)
    shots = [tick for tick in range(10, 31) if gun.goes_off(own, FIGHT, tick, trigger=True)]
    assert shots == [12, 18, 24, 30]
    assert not gun.goes_off(own, FIGHT, 40, trigger=False)
    assert not gun.goes_off(own, PODIUM, 40, trigger=True)
    assert not gun.goes_off(Fighter(hp=0), FIGHT, 40, trigger=True)
    assert gun.goes_off(Fighter(hp=100), FIGHT, 1, trigger=True)  # in another room, whose clock began later


class Seen:
    """Somebody to look at."""

    def __init__(self, x: float, y: float, *, alive: bool = True) -> None:
        self.x, self.y, self.alive = x, y, alive


def test_a_watcher_follows_the_leader_until_told_otherwise() -> None:
    """Whoever roams stays where he is."""
    bodies = {1: Seen(10, 10), 5: Seen(50, 60), 7: Seen(0, 0, alive=False)}
    watcher = Watcher()
    watcher.advance({}, 0, 1000, (0, 0), 0.1)
    assert (watcher.x, watcher.target) == (500, None)
    watcher.advance(bodies, 5, 1000, (0, 0), 0.1)
    assert (watcher.target, watcher.x, watcher.y) == (5, 50, 60)
    watcher.step(bodies, 1)
    assert watcher.target == 7
    watcher.step(bodies, 1)
    assert watcher.target == 1
    watcher.step(bodies, -1)
    assert watcher.target == 7
    watcher.advance(bodies, 5, 1000, (-1, 1), 0.1)
    assert watcher.x == 0
    watcher.advance(bodies, 5, 1000, (0, 0), 0.1)
    assert (watcher.target is None, watcher.y) == (True, 60 + 75)


def test_a_watcher_whose_player_left_looks_at_another() -> None:
    """The leader, or else somebody who lives."""
    watcher = Watcher()
    watcher.follow(3)
    watcher.advance({1: Seen(1, 1, alive=False), 2: Seen(2, 2)}, 1, 100, (0, 0), 0.1)
    assert watcher.target == 2


def test_particles_move_and_go() -> None:
    """And are never too many."""
    effects = Effects()
    effects.burst((0, 0), (255, 0, 0))
    kinds = {particle.kind for particle in effects.live}
    assert kinds == {"stain", "spark", "ring", "flash"}
    effects.advance(0.1)
    assert any(abs(particle.x) > 1 for particle in effects.live)
    effects.advance(1)
    assert {particle.kind for particle in effects.live} == {"stain"}
    effects.sparks((0, 0), (0, 0, 0), 2 * KEPT, 1)
    assert len(effects.live) == KEPT
    effects.advance(20)
    assert not effects.live


def test_marks_fade() -> None:
    """Hits sooner than wounds."""
    marks = Marks()
    marks.mark_hit(fatal=True)
    marks.wound(1.0)
    marks.advance(HIT_S / 2)
    assert marks.hit == pytest.approx(0.5)
    marks.advance(HIT_S)
    assert marks.hit == 0
    assert [wound.angle for wound in marks.wounds] == [1.0]
    marks.advance(HURT_S)
    assert marks.wounds == []


def test_the_kill_feed_shows_the_latest() -> None:
    """At the top, until they are old."""
    feed = KillFeed()
    for second in range(8):
        feed.add(Kill(second, second, 0, PULSE, 1))
    assert [kill.by for kill in feed.shown(7.5)] == [7, 6, 5, 4, 3]
    assert [kill.by for kill in feed.shown(6.5 + SHOWN_S)] == [7]
    assert Kill(0, 1, 2, PULSE, 1).strength(SHOWN_S - 0.3) == pytest.approx(0.5)


def test_chat_scrolls_by_and_can_be_read_again() -> None:
    """Whoever writes sees more of it."""
    log = Log()
    for second in range(20):
        log.add(second, (str(second), (0, 0, 0)))
    assert [line.at_s for line, _ in log.shown(20, all_of_them=False)] == list(range(14, 20))[-LINES:]
    assert len(log.shown(100, all_of_them=True)) == LINES_OPEN
    assert log.shown(100, all_of_them=False) == []


def test_a_notice_replaces_its_kind() -> None:
    """Volume after volume is one notice."""
    notices = Notices()
    notices.add("Volume 60%", 0)
    notices.add("Volume 50%", 1)
    notices.add("Sound off", 1)
    assert notices.texts(2) == ["Volume 50%", "Sound off"]
    assert notices.texts(10) == []


def test_a_countdown_in_words() -> None:
    """It never says 0."""
    assert [Trouble("", 10.0).countdown(now_s) for now_s in (7.0, 8.5, 9.95, 10.5)] == [
        "Next try in 3 s", "Next try in 2 s", "Next try in 1 s", "Next try in 1 s",
    ]  # fmt: skip
    assert Trouble("", None).countdown(0) == "Trying now …"


async def test_late_frames_are_not_made_up_for() -> None:
    """The next one comes at once, and the one after that in its time."""
    now_s = 0.0
    pace = Pace(1e6, clock=lambda: now_s)
    for work_s in (0.0, 5.0, 0.0):
        assert pace.begin() == now_s
        now_s += work_s
        await pace.rest()
    assert list(pace.work_s) == [0.0, 5.0, 0.0]
    assert pace.fps == pytest.approx(2 / 5)


def test_only_the_arena_it_knows_is_drawn_as_one() -> None:
    """Another game may have the name."""
    assert not is_arena("arena", {"fighters": {"fields": [["x", "u16"]]}})
    assert not is_arena("tag", {})


def test_shapes_are_painted_once() -> None:
    """Until they are forgotten."""
    shapes = Shapes()
    disc = shapes.disc(10, (255, 0, 0))
    assert shapes.disc(10.1, (255, 0, 0)) is disc
    middle = disc.get_width() // 2
    assert tuple(disc.get_at((middle, middle))) == (255, 0, 0, 255)
    assert disc.get_at((0, 0)).a == 0
    shapes.clear()
    assert shapes.disc(10, (255, 0, 0)) is not disc


def test_colours_tell_players_apart() -> None:
    """The first dozens differ."""
    assert len({player_colour(player) for player in range(1, 40)}) == 39
    assert mix((0, 0, 0), (100, 200, 50), 0.5) == (50, 100, 25)
