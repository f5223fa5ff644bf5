"""Verified requests beside a flood of wrong passwords."""

import contextlib
import copy
import json
import os
import statistics
import threading

import machine
import servers
from loads import below, figure, load, table
from servers import DOORWARD, ME, Doorward, Server

# Each try at another name, so that no account's counter is in the way.
GUESS = json.dumps({"query": 'mutation { signIn(credentials: { userName: "nobody-%d", password: "wrong" }) { expiresIn } }'})
# Verified requests and guesses: connections, and milliseconds of rest between two requests of each. What is measured is how
# long an answer takes while cores are free for it, and not what is left when the load takes them all.
VERIFIED, VERIFIED_REST = 8, 4
GUESSING, GUESSING_REST = 64, 40
BOUND_MS = 5
# A throttle that lets every guess through to be hashed, as many addresses would get it; and the one of the defaults.
OPEN = {f"DOORWARD_THROTTLE__{key}_TRIES": "100000" for key in ("ACCOUNT", "ADDRESS", "NETWORK")}
FLOODS = {
    "as many guesses as can be hashed, from everywhere": OPEN,
    "guesses from one address, which the throttle sends away": {},
}
ALONE = "no flood"


def cores_for():
    """The cores of the server, and the one of the load: a core of its own where there are three."""
    usable = sorted(os.sched_getaffinity(0))
    return (set(usable[:-1]) if len(usable) > 2 else set(usable)), usable[-1]


def beside(server, core, seconds):
    """Verified requests while guesses come in, and what became of these."""
    flooded = []
    guesser = copy.copy(server)
    guesser.token = "none"
    flood = threading.Thread(target=lambda: flooded.append(
        load(guesser, core, GUESS, "-", seconds + 1, connections=GUESSING, pause=GUESSING_REST)))
    flood.start()
    measured = load(server, core, ME, servers.USERNAME, seconds, connections=VERIFIED, pause=VERIFIED_REST)
    flood.join()
    return measured | {"guesses_per_second": flooded[0]["per_second"], "looked_at_per_second": flooded[0]["good"] / flooded[0]["seconds"]}


def measure(options, work):
    """The rows: without a flood, and beside each kind."""
    of_server, of_load = cores_for()
    rounds = {name: [] for name in (ALONE, *FLOODS)}
    for number, (name, environment) in enumerate(FLOODS.items()):
        door = Doorward(DOORWARD, f"{work}/flood-{number}")
        with contextlib.ExitStack() as stack:
            server = Server(door.command(), of_server, token=door.token, environment=environment.items())
            stack.callback(server.stop)
            server.first_answer()
            for _ in range(options.rounds):
                alone = load(server, of_load, ME, servers.USERNAME, options.seconds, connections=VERIFIED, pause=VERIFIED_REST)
                rounds[ALONE].append(alone | {"guesses_per_second": 0, "looked_at_per_second": 0})
                rounds[name].append(beside(server, of_load, options.seconds))
    return {name: middle(of) | {"rounds": of} for name, of in rounds.items()}


def middle(rounds):
    keys = ("per_second", "median_us", "p99_us", "guesses_per_second", "looked_at_per_second")
    return {key: statistics.median(measured[key] for measured in rounds) for key in keys}


def musts(results):
    """What must hold, as bench/run wants it."""
    return [below(f"p99 of verified requests beside {name}, ms", results[name]["p99_us"] / 1000, BOUND_MS) for name in FLOODS]


def report(results):
    """The rows in Markdown."""
    rows = [[name, figure(of["guesses_per_second"]), figure(of["looked_at_per_second"]), figure(of["per_second"]),
             figure(of["median_us"]), figure(of["p99_us"])] for name, of in results.items()]
    print(table(["`{ me { name username } }` beside a flood of wrong passwords", "guesses / s", "of these hashed / s", "answers / s",
                 "median µs", "p99 µs"], rows))
