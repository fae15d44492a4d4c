"""The benchmark's command line: sets the contenders up, runs the plan, and writes what came of it."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from loadtest import native
from loadtest.bench import machine
from loadtest.bench.crowd import Cores
from loadtest.bench.jobs import TITLES, Job, jobs
from loadtest.bench.observing import ObservationFailed
from loadtest.bench.page import write_page
from loadtest.bench.plan import FULL, QUICK, STOLEN_MOST
from loadtest.bench.progress import Progress
from loadtest.bench.results import ARENA, CAPACITY, SCENARIOS, Failure, Report, Run, save
from loadtest.bench.runner import Runner
from loadtest.bench.targets import Verdict, any_missed, asked_for
from loadtest.peers import PEERS, Peer, PeerFailed, PeerMissing
from loadtest.server import stop_with_server
from loadtest.swarm import SwarmFailed

RESULTS = Path(__file__).parent.parent / "results"
NOT_RUN = 2
INTERRUPTED = 130
LONGEST_WHY = 240
"""Characters of an error that are kept; the contender's log has the rest."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code.

    0: measured; 1: with --strict, and not every target was met; 2: nothing was measured; 130: interrupted.
    """
    options = _parser().parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("bench: this needs two cores: one for the server, one for its clients.", file=sys.stderr)
        return NOT_RUN
    stop_with_server()
    _allow_descriptors()
    report = Report(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        quick=options.quick,
        commit=machine.commit(),
        machine=machine.machine(),
        versions=machine.versions(),
        titles={name: peer.title for name, peer in PEERS.items()},
        scenarios=[name for name in SCENARIOS if name in options.only],
    )
    code = 0
    try:
        peers = _set_up(report)
        code = _measure(report, peers, Cores(*cores[:2]), options) if peers else NOT_RUN
    except KeyboardInterrupt:
        report.interrupted = True
        code = INTERRUPTED
        print("\n\n  Interrupted; what there is is written.")
    found = asked_for(report)
    save(report, options.output / "bench.json")
    write_page(report, options.output / "bench.html")
    print("\n".join(_closing(report, found, options.output)))
    return code or int(options.strict and any_missed(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.bench",
        description="Measure this server and its peers in turn, on the machine at hand.",
    )
    add = parser.add_argument
    add(
        "--quick",
        action="store_true",
        default=bool(os.environ.get("QUICK", "").strip("0 ")),
        help="one round of short windows: shows that all works, and no more (default: where QUICK=1 is set)",
    )
    add(
        "--only",
        nargs="+",
        choices=SCENARIOS,
        default=list(SCENARIOS),
        metavar="SCENARIO",
        help=f"measure only some of: {', '.join(SCENARIOS)}",
    )
    add("--strict", action="store_true", help="exit with 1 unless every target is met")
    add("--output", type=Path, default=RESULTS, metavar="FOLDER", help="where bench.json and bench.html go")
    return parser


def _set_up(report: Report) -> dict[str, Peer]:
    """Install the contenders; gives those that are there, and none where there is no swarm."""
    print("\n  Setting up")
    try:
        native.build("swarm")
    except (native.NoCompiler, native.BuildFailed) as error:
        _miss(report, "swarm", str(error))
        return {}
    there = {}
    for name, peer in PEERS.items():
        try:
            peer.install(lambda text: print(f"    {text} ...", flush=True))
            there[name] = peer
        except PeerMissing as error:
            _miss(report, name, str(error))
    return there


def _miss(report: Report, name: str, why: str) -> None:
    report.missing[name] = why
    print(f"    {name} is missing: {why}", flush=True)


def _measure(report: Report, peers: dict[str, Peer], cores: Cores, options: argparse.Namespace) -> int:
    # What this process does between and during windows happens beside the swarm, not beside the server.
    os.sched_setaffinity(0, {cores.swarm})
    plan = QUICK if options.quick else FULL
    todo = jobs(plan, peers, report.scenarios)
    progress = Progress(sum(job.seconds for job in todo))
    runner = Runner(
        report=report, plan=plan, peers=peers, cores=cores, logs=options.output,
        show=lambda run: progress.result(peers[run.contender].title, _told(run)),
    )  # fmt: skip
    began_s = time.monotonic()
    try:
        for job in todo:
            _do(job, runner, report, progress)
    finally:
        progress.end()
        report.seconds = time.monotonic() - began_s
    return 0 if report.runs else NOT_RUN


def _do(job: Job, runner: Runner, report: Report, progress: Progress) -> None:
    heading = f"Round {job.round}, {TITLES[job.scenario]}"
    progress.now(heading, job.contender)
    try:
        job.do(runner)
    except (PeerFailed, SwarmFailed, ObservationFailed, OSError, subprocess.SubprocessError) as error:
        why = textwrap.shorten(str(error), LONGEST_WHY, placeholder=" ...")
        report.failures.append(Failure(scenario=job.scenario, round=job.round, contender=job.contender, why=why))
        progress.result(report.titles[job.contender], f"FAILED: {why}")
    progress.done(job.seconds)


def _told(run: Run) -> str:
    """Say in one line what a run gave."""
    text = f"{run.clients:5,} clients   {run.cost_us:6.2f} us CPU per client-tick   {run.snapshot_bytes:6,.0f} bytes"
    if run.scenario == CAPACITY:
        text += f"   late p99 {run.measured.late_ms.p99:5.2f} ms   {'holds' if run.fits else 'fails'}"
    elif run.scenario == ARENA and run.observed:
        text += f"   busy p99 {run.observed.busy_ms.p99:.2f} ms"
    if run.stolen > STOLEN_MOST:
        text += f"   {run.stolen:.1%} stolen"
    return text


def _closing(report: Report, found: list[Verdict], folder: Path) -> list[str]:
    lines = ["", "  Targets" + (" (quick: one round, no medians)" if report.quick else ""), ""]
    lines += [f"    {v.judgement:<13} {v.what}: {v.measured} ({v.target})" for v in found]
    lines += [f"    failed        {f.contender}, {f.scenario}, round {f.round}: {f.why}" for f in report.failures]
    lines += [f"    missing       {name}: {why}" for name, why in report.missing.items()]
    return [
        *lines,
        "",
        f"  {report.seconds / 60:.1f} minutes; written to {_shown(folder)}/bench.json and bench.html",
        "",
    ]


def _shown(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _allow_descriptors() -> None:
    """Take as many open files as the system allows; the processes started from here inherit that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
