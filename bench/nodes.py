"""Revokes on one node and asks another how long it goes on: two servers on one PostgreSQL, and the command line beside one
on SQLite."""

import contextlib
import http.client
import json
import statistics
import time

import machine
import servers
from loads import below, figure, table
from servers import DOORWARD, Doorward, running

COUNT = 1_000
BOUND_MS = 1_000
ISSUE = json.dumps({"query": 'mutation { issuePersonalAccessToken(input: { name: "bench" }) { token personal_access_token { id } } }'})
REVOKE = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { revoked_at } }"


class Client:
    """One connection that is kept."""

    def __init__(self, address, token=None):
        host, port = address.split(":")
        self.token, self.connection = token, http.client.HTTPConnection(host, int(port), timeout=10)

    def ask(self, body, token=None):
        """The answer's status and body."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {token or self.token}"}
        self.connection.request("POST", "/graphql", body, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def accepted(self, token):
        """Whether the token is let in; anything but a refusal for being revoked ends the run."""
        _, answer = self.ask(servers.ME, token)
        if "data" in answer:
            return True
        reason = answer["errors"][0]["extensions"].get("reason")
        if reason != "TOKEN_REVOKED":
            raise SystemExit(f"bench: neither let in nor revoked: {answer}")
        return False


def issued(client):
    """A new token: its number and its secret."""
    _, answer = client.ask(ISSUE)
    made = answer["data"]["issuePersonalAccessToken"]
    return made["personal_access_token"]["id"], made["token"]


def last_accepted_ms(here, there):
    """Milliseconds from the answer to a revocation until the last request was begun that another node accepted."""
    number, token = issued(here)
    for _ in range(2):
        if not there.accepted(token):
            raise SystemExit("bench: a new token is not let in")
    _, answer = here.ask(json.dumps({"query": REVOKE, "variables": {"id": number}}))
    answered = time.perf_counter()
    if "errors" in answer:
        raise SystemExit(f"bench: not revoked: {answer}")
    last = answered
    while True:
        begun = time.perf_counter()
        if not there.accepted(token):
            return (last - answered) * 1000
        last = begun


def measure(options, work):
    """`None` where there is no PostgreSQL."""
    programs, cores = servers.postgres_programs(), machine.cores()
    if not programs:
        return None
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(servers.postgres(programs, cores[0]))
        door = Doorward(DOORWARD, f"{work}/node-1", url)
        other = [*door.command()]
        other[other.index(f"{work}/node-1")] = f"{work}/node-2"
        nodes = [stack.enter_context(running(command, cores[0], token=door.token)) for command in (door.command(), other)]
        for node in nodes:
            node.first_answer()
        here, there = (Client(node.address, door.token) for node in nodes)
        before = sum(node.processor_seconds() for node in nodes)
        time.sleep(5)
        idle = (sum(node.processor_seconds() for node in nodes) - before) / 5 / len(nodes) * 100
        took = sorted(last_accepted_ms(here, there) for _ in range(options.revocations))
    with running(Doorward(DOORWARD, f"{work}/alone").command(), cores[0]) as alone:
        alone.first_answer(path="/readyz", body=None)
        time.sleep(1)
        before = alone.processor_seconds()
        time.sleep(5)
        idle_alone = (alone.processor_seconds() - before) / 5 * 100
    return {
        "count": len(took),
        "p50_ms": statistics.median(took),
        "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)],
        "max_ms": took[-1],
        "idle_percent": {"postgres": idle, "sqlite": idle_alone},
    }


def musts(results):
    """What must hold, as bench/run wants it."""
    if results is None:
        return []
    words = f"last accepted on another node after a revocation, the slowest of {results['count']}, ms"
    return [below(words, results["max_ms"], BOUND_MS)]


def report(results):
    """The rows in Markdown."""
    if results is None:
        print("Several nodes were not measured: no initdb on this machine.\n")
        return
    row = [figure(results[key]) for key in ("p50_ms", "p99_ms", "max_ms")]
    print(table(["revoked on one node, last accepted on another, ms", "p50", "p99", "slowest"],
                [[f"two nodes on one PostgreSQL, {results['count']} revocations", *row]]))
    idle = results["idle_percent"]
    print(table(["a node that nobody asks anything", "% of a core"],
                [["on PostgreSQL, writing its beat", figure(idle["postgres"])],
                 ["on SQLite, looking at the file", figure(idle["sqlite"])]]))
