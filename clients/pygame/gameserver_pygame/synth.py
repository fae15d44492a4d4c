"""Sounds made of tones and noise, as 16-bit samples; no numpy, and nothing is played here."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import exp, log, pi, sin
from random import Random
from typing import Literal, NamedTuple, TypeAlias

RATE_HZ = 22_050
LOUDEST = 32_000
FADE_TO = 0.001
"""Everything dies away exponentially to this part of its loudness."""
ATTACK_S = 0.002
"""A sound that began at once would click."""

Wave: TypeAlias = Literal["sine", "triangle", "square", "sawtooth"]

WAVES: dict[Wave, Callable[[float], float]] = {
    "sine": lambda phase: sin(2 * pi * phase),
    "triangle": lambda phase: 4 * abs(phase - 0.5) - 1,
    "square": lambda phase: 1.0 if phase < 0.5 else -1.0,
    "sawtooth": lambda phase: 2 * phase - 1,
}
"""By phase, 0 to 1."""


class Tone(NamedTuple):
    """A pitch that glides."""

    wave: Wave
    from_hz: float
    to_hz: float
    length_s: float
    gain: float
    wait_s: float = 0.0


class Burst(NamedTuple):
    """Noise through a low-pass filter that glides."""

    from_hz: float
    to_hz: float
    length_s: float
    gain: float
    wait_s: float = 0.0


def mixed(parts: Sequence[Tone | Burst]) -> array[int]:
    """Give the samples of parts that sound together."""
    length = max(round((part.wait_s + part.length_s) * RATE_HZ) for part in parts)
    total = [0.0] * length
    for part in parts:
        start = round(part.wait_s * RATE_HZ)
        samples = _tone(part) if isinstance(part, Tone) else _burst(part)
        for index, value in enumerate(samples[: length - start], start):
            total[index] += value
    return array("h", (round(LOUDEST * max(-1.0, min(1.0, value))) for value in total))


def notes(frequencies_hz: Sequence[float], step_s: float, wave: Wave, gain: float) -> list[Tone | Burst]:
    """Give tones, one after the other."""
    return [Tone(wave, hz, hz, step_s * 2.2, gain, index * step_s) for index, hz in enumerate(frequencies_hz)]


def interleaved(samples: array[int], channels: int) -> array[int]:
    """Give the same for so many channels."""
    return samples if channels == 1 else array("h", (value for value in samples for _ in range(channels)))


def _tone(tone: Tone) -> list[float]:
    wave = WAVES[tone.wave]
    count = round(tone.length_s * RATE_HZ)
    glide = log(max(20.0, tone.to_hz) / tone.from_hz) / count
    hz, bend, phase = tone.from_hz, exp(glide), 0.0
    samples = []
    for loudness in _fade(count, tone.gain):
        samples.append(loudness * wave(phase))
        phase = (phase + hz / RATE_HZ) % 1.0
        hz *= bend
    return samples


def _burst(burst: Burst) -> list[float]:
    dice = Random(round(burst.from_hz))  # the same at every start
    count = round(burst.length_s * RATE_HZ)
    bend = exp(log(burst.to_hz / burst.from_hz) / count)
    hz, low, lower = burst.from_hz, 0.0, 0.0
    samples = []
    for loudness in _fade(count, burst.gain):
        part = 1 - exp(-2 * pi * hz / RATE_HZ)
        low += part * (dice.uniform(-1, 1) - low)
        lower += part * (low - lower)  # two poles: 12 dB an octave, as the browser's filter
        samples.append(1.6 * loudness * lower)
        hz *= bend
    return samples


def _fade(count: int, gain: float) -> list[float]:
    step = exp(log(FADE_TO / max(gain, 2 * FADE_TO)) / max(1, count))
    attack = max(1, round(ATTACK_S * RATE_HZ))
    loudness, fade = gain, []
    for index in range(count):
        fade.append(loudness * min(1.0, index / attack))
        loudness *= step
    return fade
