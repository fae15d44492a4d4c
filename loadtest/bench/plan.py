"""What is measured for how long and how often: the whole benchmark, or a quick look."""

from __future__ import annotations

import msgspec

RATE_HZ = 20.0
"""Ticks per second wherever nothing else is said."""
CLIENTS = 500
SEATS = 50
"""Players per room wherever nothing else is said."""
FRAME_BYTES = 512
CAPACITY_HZ, ARENA_HZ = 30.0, 30.0
ARENA_PLAYERS = 100
SPECTATORS, SPECTATOR_ROOMS, SPECTATOR_ROOM_PLAYERS = 5000, 25, 10
SPECTATOR_HZ = 10.0
"""Half as often as elsewhere: at 20 Hz bare calls of `send()` for so many would fill most of a core."""
STOLEN_MOST = 0.005
"""Share of a window that may be stolen from the server's core; more, and its tails tell of the host's other guests."""
CALM_TRIES = 3
"""Windows at the most, until one keeps to that."""
GROW_ROOM_SEATS = 10
GROW_FRAME_BYTES = 128
"""What the C loop sends to as many clients as the growing server has."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Rounds, windows and points."""

    rounds: int
    """Of most scenarios."""
    peer_rounds: int
    """Of those contenders that no target is about."""
    growth_rounds: int
    floor_growth_rounds: int
    seats_rounds: int
    """Of the sweep over players per room, which needs a server per point."""
    warm_s: float
    window_s: float
    noise_s: float
    growth_window_s: float
    step_window_s: float
    """Of a step of a capacity ramp."""
    spare_windows: int
    """Of each scenario that compares: windows measured again since too much of the first was stolen."""
    spare_steps: int
    """Of a ramp: steps that may fail without counting, since too much was stolen."""
    step_clients: int
    most_clients: int
    ramp_share: float
    """Where the first ramp begins, as a share of what the CPU time per client-tick predicts."""
    clients: tuple[int, ...]
    rooms: tuple[int, ...]
    seats: tuple[int, ...]


FULL = Plan(
    rounds=5, peer_rounds=1, growth_rounds=5, floor_growth_rounds=2, seats_rounds=1,
    warm_s=1.0, window_s=4.0, noise_s=3.0, growth_window_s=1.5, step_window_s=2.0, spare_windows=4, spare_steps=2,
    step_clients=50, most_clients=4000, ramp_share=0.7,
    clients=(100, 250, 500, 1000), rooms=(1, 10, 30, 100), seats=(5, 10, 50, 100, 250),
)  # fmt: skip
QUICK = Plan(
    rounds=1, peer_rounds=1, growth_rounds=1, floor_growth_rounds=1, seats_rounds=1,
    warm_s=0.5, window_s=1.5, noise_s=1.0, growth_window_s=1.0, step_window_s=1.0, spare_windows=0, spare_steps=0,
    step_clients=100, most_clients=4000, ramp_share=0.8,
    clients=(100, 1000), rooms=(10, 100), seats=(10, 100),
)  # fmt: skip
