"""The console's heaviest page: a list of 100 tokens, as a browser that is signed in gets it."""

import http.client
import os
import statistics
import subprocess
import time
import urllib.parse

import machine
from loads import below, figure, table
from servers import DOORWARD, USERNAME, Doorward, running

PASSWORD = "otter-lantern-fjord-9"
TOKENS = 100
PAGES = 200
BOUND_MS = 5


def signed_in(address):
    """The cookie of a new session."""
    form = urllib.parse.urlencode({"username": USERNAME, "password": PASSWORD})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{address}"}
    connection = http.client.HTTPConnection(address)
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    if answer.status != 303:
        raise SystemExit(f"bench: signing in to the console was answered {answer.status}")
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


def measure(options, work):
    """How long the page takes on the server alone, and what it weighs packed."""
    core = machine.cores()[0]
    door = Doorward(DOORWARD, f"{work}/console")
    set_password = [DOORWARD, "user", "set-password", USERNAME, "--password-stdin", *door.where]
    subprocess.run(set_password, input=PASSWORD, text=True, capture_output=True, check=True)
    for number in range(TOKENS - 1):
        door.say("token", "create", "--user", USERNAME, "--name", f"token {number}", "--permission", "Query.me")
    with running(door.command(), core, token=door.token) as server:
        server.first_answer()
        headers = {"Cookie": signed_in(server.address), "Accept-Encoding": "gzip"}
        connection = http.client.HTTPConnection(server.address)
        took, weight = [], 0
        before = server.processor_seconds()
        for _ in range(PAGES):
            since = time.perf_counter()
            connection.request("GET", "/tokens", headers=headers)
            answer = connection.getresponse()
            weight = len(answer.read())
            took.append((time.perf_counter() - since) * 1000)
            if answer.status != 200:
                raise SystemExit(f"bench: the page was answered {answer.status}")
        processor = (server.processor_seconds() - before) / PAGES * 1000
    return {"tokens": TOKENS, "median_ms": statistics.median(took), "cpu_ms": processor, "packed_bytes": weight,
            "program_bytes": os.path.getsize(DOORWARD)}


def musts(results):
    """What must hold, as bench/run wants it."""
    return [below(f"a page of {results['tokens']} tokens, ms", results["median_ms"], BOUND_MS),
            below("the program with console and IDE, MiB", results["program_bytes"] / (1 << 20), 30)]


def report(results):
    """The rows in Markdown."""
    row = [f"a page of {results['tokens']} tokens", figure(results["median_ms"]), figure(results["cpu_ms"]),
           figure(results["packed_bytes"] / 1000)]
    print(table(["the console", "median ms", "CPU ms", "packed kB"], [row]))
