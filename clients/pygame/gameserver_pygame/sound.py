"""Plays sounds; silent, and nothing worse, where there is no audio device."""

from __future__ import annotations

import logging
from typing import Literal, TypeAlias

import pygame

from gameserver_pygame.synth import RATE_HZ, Burst, Tone, interleaved, mixed, notes

log = logging.getLogger(__name__)

PER_MOMENT = 6
"""How many sounds may start within a moment: a crowd is a noise, not a hundred sounds."""
MOMENT_S = 0.03
CHANNELS = 24
STEPS = 13
"""Pitches of a row of hits: each sounds a semitone higher."""
VOLUME_STEP = 0.1

Name: TypeAlias = Literal[
    "pulse", "scatter", "rail", "hurt", "kill", "die", "blast", "pickup", "dash", "round", "second", "click"
]

SOUNDS: dict[str, list[Tone | Burst]] = {
    "pulse": [Tone("triangle", 920, 190, 0.09, 0.34), Burst(3200, 1200, 0.04, 0.14)],
    "scatter": [Burst(2400, 300, 0.2, 0.5), Tone("square", 220, 60, 0.14, 0.18)],
    "rail": [Tone("sawtooth", 1700, 90, 0.32, 0.22), Burst(6000, 900, 0.25, 0.25)],
    "hurt": [Tone("sine", 170, 50, 0.18, 0.6), Burst(800, 200, 0.1, 0.3)],
    "kill": notes([523, 784, 1047], 0.06, "triangle", 0.34),
    "die": [Tone("sawtooth", 300, 40, 0.6, 0.3), Burst(1200, 80, 0.5, 0.4)],
    "blast": [Burst(1400, 90, 0.35, 0.4)],
    "pickup": notes([660, 990], 0.07, "sine", 0.34),
    "dash": [Burst(500, 3200, 0.18, 0.3)],
    "round": notes([392, 523, 659, 784], 0.11, "triangle", 0.3),
    "second": [Tone("sine", 1180, 1180, 0.05, 0.25)],
    "click": [Tone("sine", 640, 560, 0.04, 0.2)],
}
"""The same as in the browser client."""


class Place:
    """How loud (0 to 1), and from where (-1: left, 1: right)."""

    def __init__(self, gain: float = 1.0, pan: float = 0.0) -> None:
        self.gain = gain
        self.pan = max(-1.0, min(1.0, pan))

    def sides(self, volume: float) -> tuple[float, float]:
        """Give the loudness of both sides."""
        loudness = volume * self.gain
        return loudness * min(1.0, 1 - self.pan), loudness * min(1.0, 1 + self.pan)


HERE = Place()


class Sound:
    """All sounds of the client."""

    def __init__(self, volume: float, *, muted: bool = False) -> None:
        self.volume = volume
        """0 to 1."""
        self.muted = muted
        self.works = False
        """Whether there is an audio device."""
        self._made: dict[str, pygame.mixer.Sound] = {}
        self._moment_s = 0.0
        self._started = 0

    def open(self) -> None:
        """Look for an audio device."""
        try:
            pygame.mixer.init(RATE_HZ, -16, 2, 512, allowedchanges=0)
            pygame.mixer.set_num_channels(CHANNELS)
        except (pygame.error, NotImplementedError) as error:  # NotImplementedError: pygame built without its mixer
            log.info("there is no sound: %s", error)
            return
        self.works = True

    def louder(self, steps: int) -> None:
        """Change the volume by so many tenths; that ends a mute."""
        self.volume = min(1.0, max(0.0, round(self.volume + steps * VOLUME_STEP, 2)))
        self.muted = False
        self.play("click")

    def play(self, name: Name, place: Place = HERE) -> None:
        """Play one of the sounds."""
        self._play(name, SOUNDS[name], place)

    def hit(self, combo: int) -> None:
        """Say that a shot hit, higher with each hit of a row."""
        step = min(combo, STEPS - 1)
        hz = 780 * 2 ** (step / 12)
        self._play(f"hit {step}", [Tone("sine", hz, hz * 1.02, 0.07, 0.4)], HERE)

    def _play(self, name: str, parts: list[Tone | Burst], place: Place) -> None:
        if not self.works or self.muted or self.volume == 0 or place.gain <= 0 or not self._is_due():
            return
        sound = self._made.get(name)
        if sound is None:
            sound = self._made[name] = pygame.mixer.Sound(buffer=interleaved(mixed(parts), 2))
        channel = sound.play()
        if channel is not None:
            channel.set_volume(*place.sides(self.volume**2))

    def _is_due(self) -> bool:
        now_s = pygame.time.get_ticks() / 1000
        if now_s - self._moment_s > MOMENT_S:
            self._moment_s, self._started = now_s, 0
        self._started += 1
        return self._started <= PER_MOMENT
