"""Puts load on servers in turns, and says what came of it in words and tables."""

import json
import statistics
import subprocess

import machine
import servers

CONNECTIONS = 32
SHOWN = ("cpu_us", "per_second", "median_us", "p99_us")


def load(server, core, body, expected, how_long, connections=CONNECTIONS, pause=None):
    """Puts load on a server: answers, seconds, latencies, and the processor time of the server for each answer, that of
    the servers that work for it included."""
    command = [f"{servers.PEERS}/load", server.address, server.path, server.token, str(connections), str(how_long), expected]
    command += [] if pause is None else [str(pause)]
    before = server.processor_seconds()
    with machine.on_core(core):
        ran = subprocess.run(command, input=body, capture_output=True, text=True, check=False)
    spent = server.processor_seconds() - before
    if ran.returncode != 0:
        raise SystemExit(f"bench: the load failed: {ran.stderr}")
    measured = json.loads(ran.stdout)
    measured["cpu_us"] = spent / measured["answers"] * 1e6
    measured["per_second"] = measured["answers"] / measured["seconds"]
    return measured


def medians(rounds):
    return {key: statistics.median(measured[key] for measured in rounds) for key in SHOWN}


def requests(rows, core, body, rounds, seconds):
    """One row after the other, round by round, so that whatever else the machine does hits all of them."""
    for server in rows.values():
        load(server, core, body, servers.USERNAME, max(server.warm_up, min(seconds, 1)))
    measured = {name: [] for name in rows}
    for _ in range(rounds):
        for name, server in rows.items():
            measured[name].append(load(server, core, body, servers.USERNAME, seconds))
    return {name: medians(of) | {"rounds": of} for name, of in measured.items()}


def ratio(measured, one, other):
    """The median of the ratios within each round: what slows both down goes out of it."""
    pairs = zip(measured[one]["rounds"], measured[other]["rounds"], strict=True)
    return statistics.median(a["cpu_us"] / b["cpu_us"] for a, b in pairs)


def at_most(words, number, bound, aim=None):
    """A must as the report wants it: words, the figure, the bound, whether it holds, the aim. Without a bound it is only an
    aim, and `None` stands for whether it holds."""
    limit, aimed = ("" if most is None else f"≤ {figure(most)}" for most in (bound, aim))
    return (words, number, limit, None if bound is None else number <= bound, aimed)


def below(words, number, bound, aim=None):
    """The same, of a figure that has to stay below its bound."""
    return (words, number, f"< {figure(bound)}", number < bound, "" if aim is None else f"< {figure(aim)}")


def figure(number):
    """Three digits that count."""
    return f"{number:,.0f}".replace(",", " ") if number >= 100 else f"{number:.3g}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"
