"""The benchmark: this server and its peers, in turn and side by side, on the machine at hand.

    python -m loadtest.bench            # under 15 minutes
    QUICK=1 python -m loadtest.bench    # under 3: one round, to see that everything works

The server under test has one core, the swarm of clients another. `loadtest/results/bench.html` shows what came out.
"""
