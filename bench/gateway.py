"""The gateway: what it costs to let an operation through to an API, beside other programs that forward. README.md says how
to read it."""

import contextlib
import http.client
import os
import shutil
import statistics
import subprocess
import time

import machine
import servers
from loads import at_most, below, figure, load, medians, ratio, requests, table
from servers import DOORWARD, HERE, PEERS, ROOT, Doorward, free_address, running

# Where tools/setup puts Hive Gateway. Its settings are copied to it: JavaScript looks for packages beside the file.
PACKAGES = f"{ROOT}/target/bench-peers"
HIVE = f"{PACKAGES}/node_modules/@graphql-hive/gateway/dist/bin.js"

# The load writes a running number for each `%d`: a gateway that answers identical requests together has to do the whole work.
USERS = '{"query": "query U($n: Int) { users(first: $n) { id name email username } }", "variables": {"n": %d}}'
NOT_GRANTED = '{"query": "{ secret }"}'
DIFFERENT = '{"query": "{ users%d: users(first: %d) { id name email username } }"}'
OPERATIONS = 10_000
GRANTS = ("Query.users", "User.id", "User.name", "User.email", "User.username")

DIRECT, PROXY, DOOR = "the API itself", "bare hyper proxy", "Doorward, narrowed token"
NGINX, ASKING = "nginx `proxy_pass`", "nginx `auth_request`"
GATEWAY, ROUTER = "Hive Gateway, field rules", "Hive Router, field rules"
SIZES = {"1k": "1 KB", "50k": "50 KB"}
# How often all processes are begun anew. Where its memory happens to lie makes a process some percent faster or slower for as long
# as it lives, and no number of rounds takes that out.
LIVES = 3
# What may come on top while much passes through: a sixth of the long answer, and less than the different operations would take
# if each was kept with its plan, even at only 2 KiB. A cache that fills up to its bound fits.
GROWTH_MIB = 16
# What as many operations again may add, when all that has a bound has reached it: 400 bytes for each would be too much.
CREEP_MIB = 4


def nginx():
    """Where nginx is, or `None`. Debian keeps it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def hive_gateway():
    """Whether Hive Gateway and what runs it are there."""
    return os.path.exists(HIVE) and shutil.which("node")


def left_out():
    """A sentence for each peer that is not measured."""
    said = []
    if not nginx():
        said.append("nginx was not measured: it is not installed. `tools/setup bench` installs it from apt.")
    if not hive_gateway():
        said.append("Hive Gateway was not measured: it is not installed. `tools/setup bench` installs it from npm.")
    if not shutil.which("hive_router"):
        said.append("Hive Router was not measured: there is no `hive_router` in PATH.")
    return said


def filled(name, into, **words):
    """A file of peers/ with each `@WORD@` filled in; where it is."""
    with open(f"{HERE}/peers/{name}", encoding="utf-8") as file:
        text = file.read()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    with open(f"{into}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    return f"{into}/{name}"


def started(command, core, stack, **named):
    """A server until the end of `stack`."""
    return stack.enter_context(running(command, core, **named))


def nginx_rows(api, work, core, stack):
    """nginx twice, since what a process spent cannot be told apart by its paths."""
    auth = started([f"{PEERS}/api", "{address}", "nothing"], core, stack)
    rows = {}
    for name, path, helpers in ((NGINX, "/forwarded/graphql", []), (ASKING, "/asked/graphql", [auth])):
        address, own = free_address(), f"{work}{path.replace('/', '-')}"
        os.makedirs(own)
        settings = filled("nginx.conf", own, ADDRESS=address, API=api.address, AUTH=auth.address, WORK=own)
        rows[name] = started([nginx(), "-c", settings], core, stack, path=path, address=address, helpers=helpers)
    return rows


def hive_rows(api, work, core, stack):
    """Hive's gateways, as far as they are there: they verify a signed token and hold its scopes against rules for fields."""
    rows, router = {}, shutil.which("hive_router")
    if not shutil.which("node") or not (hive_gateway() or router):
        return rows
    subprocess.run(["node", f"{HERE}/peers/keys.mjs", work], check=True)
    with open(f"{work}/token", encoding="ascii") as file:
        token = file.read()
    supergraph = filled("supergraph.graphql", work, API=api.address)
    if hive_gateway():
        shutil.copy2(f"{HERE}/peers/hive-gateway.config.mjs", PACKAGES)
        host, port = (address := free_address()).split(":")
        command = ["node", HIVE, "supergraph", "-c", f"{PACKAGES}/hive-gateway.config.mjs", "-h", host, "-p", port]
        told = {"SUPERGRAPH": supergraph, "PUBLIC_KEY": f"{work}/key.pem", "NODE_ENV": "production"}
        rows[GATEWAY] = started(command, core, stack, token=token, address=address, environment=told, warm_up=6)
    if router:
        host, port = (address := free_address()).split(":")
        settings = filled("hive-router.yaml", work, SUPERGRAPH=supergraph, HOST=host, PORT=port, KEYS=work)
        told = {"ROUTER_CONFIG_FILE_PATH": settings}
        rows[ROUTER] = started([router], core, stack, token=token, address=address, environment=told)
    return rows


def doorward(api, data, core, stack):
    """Doorward before an API, asked with a token that may do what the load does and nothing more, though its owner may."""
    door = Doorward(DOORWARD, data)
    server = started([*door.command(), "--upstream", f"http://{api.address}/graphql"], core, stack)
    server.first_answer(path="/readyz", body=None)
    # Permissions are held against the API's schema, so these come after it was taken in.
    door.say("role", "create", "readers", "--permission", "Query.*", "--permission", "User.*")
    door.say("user", "add", "reader", "--role", "readers")
    grants = [word for grant in GRANTS for word in ("--permission", grant)]
    server.token = door.say("token", "create", "--user", "reader", "--name", "narrowed", *grants).strip()
    return server


def forwarded(size, work, cores, options):
    """All that forward, over several lives of their processes, which share the time that a load is to have."""
    lives = []
    for life in range(LIVES):
        os.makedirs(f"{work}/{life}")
        lives.append(one_life(size, f"{work}/{life}", cores, options.rounds, options.seconds / LIVES))
    return {name: over_all([of[name] for of in lives]) for name in lives[0]}


def over_all(lives):
    """What one of them came to over all its lives."""
    rounds = [measured | {"life": number} for number, life in enumerate(lives, 1) for measured in life["rounds"]]
    sizes = {key: statistics.median(life[key] for life in lives) for key in ("idle_mib", "after_load_mib")}
    return medians(rounds) | sizes | {"rounds": rounds}


def one_life(size, work, cores, rounds, seconds):
    """All that forward, in turns: the API on the core of the load, what stands before it on the other."""
    with contextlib.ExitStack() as stack:
        api = started([f"{PEERS}/api", "{address}", size], cores[1], stack)
        rows = {DIRECT: api, PROXY: started([f"{PEERS}/proxy", "{address}", api.address], cores[0], stack)}
        rows[DOOR] = doorward(api, f"{work}/data", cores[0], stack)
        if nginx():
            rows |= nginx_rows(api, work, cores[0], stack)
        # Last in each round: what JavaScript still clears away after its turn falls on the row of the other core.
        rows |= hive_rows(api, work, cores[0], stack)
        for server in rows.values():
            server.first_answer(body=USERS.replace("%d", "7"), within=60)
        for name in (DOOR, GATEWAY, ROUTER):
            if name in rows and b'"errors"' not in posted(rows[name], NOT_GRANTED)[1].read():
                raise SystemExit(f"bench: {name} lets through what it should refuse")
        time.sleep(2)
        idle = {name: server.resident_mib() for name, server in rows.items()}
        measured = requests(rows, cores[1], USERS, rounds, seconds)
        for name, server in rows.items():
            measured[name] |= {"idle_mib": idle[name], "after_load_mib": server.resident_mib()}
        return measured


def many_operations(work, cores):
    """Doorward's memory before and after many operations that all differ, and after as many again; warmed up with as many that
    do not."""
    with contextlib.ExitStack() as stack:
        api = started([f"{PEERS}/api", "{address}", "1k"], cores[1], stack)
        server = doorward(api, f"{work}/many", cores[0], stack)
        load(server, cores[1], USERS, servers.USERNAME, f"{OPERATIONS}x")
        before = server.resident_mib()
        load(server, cores[1], DIFFERENT, servers.USERNAME, f"{OPERATIONS}x")
        after = server.resident_mib()
        load(server, cores[1], DIFFERENT.replace("users%d", "more%d"), servers.USERNAME, f"{OPERATIONS}x")
        return {"before_mib": before, "after_mib": after, "again_mib": server.resident_mib()}


def long_answer(work, cores):
    """Doorward's memory before an answer of 100 MB, and the most that it had while a slow reader took it."""
    with contextlib.ExitStack() as stack:
        api = started([f"{PEERS}/api", "{address}", "100m"], cores[1], stack)
        server = doorward(api, f"{work}/long", cores[0], stack)
        time.sleep(2)
        before = server.resident_mib()
        with machine.on_core(cores[1]), machine.most_mib(server.pid) as most:
            read = slowly_read(server, USERS.replace("%d", "7"))
        return {"before_mib": before, "after_mib": most[0], "bytes": read}


def posted(server, body):
    """A request to a server: the connection, which has to be held on to, and the answer that comes over it."""
    connection = http.client.HTTPConnection(server.address, timeout=60)
    headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {server.token}"}
    connection.request("POST", server.path, body, headers)
    return connection, connection.getresponse()


def slowly_read(server, body):
    """How long the answer is, to one who takes a first MB and then nothing for a second: what the API could send meanwhile has
    to wait there and not in the gateway."""
    connection, answer = posted(server, body)
    last = answer.read(1_000_000)
    read = len(last)
    time.sleep(1)
    while piece := answer.read(1_000_000):
        read, last = read + len(piece), piece
    connection.close()
    if read < 100_000_000 or not last.endswith(b"]}}"):
        raise SystemExit(f"bench: {answer.status}, and the long answer ended after {read} bytes: {last[-300:].decode(errors='replace')}")
    return read


def measure(options, work):
    """Everything about the gateway, in one run."""
    cores = machine.cores()
    results = {"left_out": left_out(), "forwarded": {}}
    for size in SIZES:
        os.makedirs(f"{work}/{size}")
        results["forwarded"][size] = forwarded(size, f"{work}/{size}", cores, options)
    return results | {"operations": many_operations(work, cores), "long": long_answer(work, cores)}


def musts(results):
    """What must hold, as bench/run wants it: only against peers that were measured."""
    compared = [
        ("1k", PROXY, 1.25, None),
        ("1k", ASKING, 0.6, None),
        ("1k", ROUTER, 1 / 3, None),
        ("1k", NGINX, None, 1),
        ("50k", PROXY, 1.1, 0.95),
    ]
    held = []
    for size, peer, bound, aim in compared:
        rows = results["forwarded"][size]
        if peer in rows:
            words = f"CPU time per forwarded operation, {SIZES[size]} answer, × {peer}"
            held.append(at_most(words, ratio(rows, DOOR, peer), bound, aim))
    held += [below(f"memory that {what} added, MiB", more, bound) for what, _, _, more, bound in memory(results)]
    return held


def memory(results):
    """What passed through Doorward: words, its memory before and after, what came on top, what may."""
    many, long = results["operations"], results["long"]
    passed = [
        (f"{figure(OPERATIONS)} different operations", many["before_mib"], many["after_mib"], GROWTH_MIB),
        (f"{figure(OPERATIONS)} more", many["after_mib"], many["again_mib"], CREEP_MIB),
        ("an answer of 100 MB to a slow reader", long["before_mib"], long["after_mib"], GROWTH_MIB),
    ]
    return [(what, before, after, max(after - before, 0), bound) for what, before, after, bound in passed]


def report(results):
    """The rows in Markdown."""
    for size, measured in results["forwarded"].items():
        rows = [[name, figure(of["cpu_us"]), f"{ratio(measured, name, PROXY):.2f}", figure(of["per_second"]), figure(of["p99_us"]),
                 f"{of['idle_mib']:.1f}", f"{of['after_load_mib']:.1f}"] for name, of in measured.items()]
        print(table([f"an operation forwarded, {SIZES[size]} answer", "CPU µs / request", f"× {PROXY}", "answers / s", "p99 µs",
                     "idle MiB", "after load MiB"], rows))
    rows = [[what, f"{before:.1f}", f"{after:.1f}", f"{more:.1f}"] for what, before, after, more, _ in memory(results)]
    print(table(["Doorward's memory while much passes through it, MiB", "before", "after, or the most", "more"], rows))
    for sentence in results["left_out"]:
        print(f"{sentence}\n")
