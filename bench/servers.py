"""Starts what is measured and ends it: the peers, Doorward on a data directory or a database, PostgreSQL."""

import contextlib
import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", f"{ROOT}/target"))
DOORWARD = f"{TARGET}/release/doorward"
PEERS = f"{TARGET}/bench/release"

ME = json.dumps({"query": "{ me { name username } }"})
CREATE = json.dumps({"query": 'mutation { createPersonalAccessToken(name: "bench", role: ROLE_READ_ONLY, expiryInDays: 30) }'})
NAME, USERNAME = "Ada Lovelace", "ada"

# A proxy that the environment names is none of ours.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_address():
    """An address that nobody listens on."""
    return f"127.0.0.1:{machine.free_port()}"


class Server:
    """A process on core `core` that listens on `address`. The command may hold `{address}`. What the servers `helpers` do
    is done for this one; a server of JavaScript needs some seconds of load, `warm_up`, until it is as fast as it gets."""

    def __init__(self, command, core, path="/graphql", token="none", address=None, environment=(), helpers=(), warm_up=0):
        self.address = address or free_address()
        self.path, self.token, self.helpers, self.warm_up = path, token, helpers, warm_up
        self.log = tempfile.TemporaryFile()
        # What cargo and the shell have set must not change how a server behaves.
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD")} | dict(environment)
        words = [word.format(address=self.address) for word in command]
        self.began = time.perf_counter()
        with machine.on_core(core):
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=quiet, cwd="/"
            )

    @property
    def pid(self):
        return self.process.pid

    def processor_seconds(self):
        """The processor time of all its processes so far, and of its helpers'."""
        own = sum(map(machine.processor_seconds, machine.family(self.pid)))
        return own + sum(helper.processor_seconds() for helper in self.helpers)

    def resident_mib(self):
        """The memory of all its processes that is in RAM, and of its helpers'."""
        own = sum(map(machine.resident_mib, machine.family(self.pid)))
        return own + sum(helper.resident_mib() for helper in self.helpers)

    def first_answer(self, path=None, body=ME, within=20):
        """Asks until there is a good answer; milliseconds since the start of the process."""
        while True:
            request = urllib.request.Request(f"http://{self.address}{path or self.path}", data=body and body.encode())
            request.add_header("content-type", "application/json")
            request.add_header("authorization", f"Bearer {self.token}")
            try:
                with OPENER.open(request, timeout=5) as answer:
                    said = answer.read()
                if body and USERNAME.encode() not in said:
                    raise SystemExit(f"bench: an answer without data: {said.decode(errors='replace')}")
                return (time.perf_counter() - self.began) * 1000
            except urllib.error.HTTPError as error:
                raise SystemExit(f"bench: {error.code} {error.read().decode(errors='replace')}") from error
            except OSError as error:
                if self.process.poll() is not None or time.perf_counter() - self.began > within:
                    self.log.seek(0)
                    raise SystemExit(f"bench: a server does not answer: {error}; it said: {self.log.read().decode()}") from error
                time.sleep(0.0005)

    def stop(self):
        """Ends the process, gracefully if it can."""
        self.process.terminate()
        try:
            self.process.wait(12)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@contextlib.contextmanager
def running(*arguments, **named):
    """A server for as long as it is needed."""
    server = Server(*arguments, **named)
    try:
        yield server
    finally:
        server.stop()


class Doorward:
    """The program with its data: one user with one read-write token."""

    def __init__(self, program, data, database=None):
        self.where = ["--data-dir", data] + (["--database", database] if database else [])
        self.program = program
        self.say("user", "add", USERNAME, "--full-name", NAME)
        self.token = self.say("token", "create", "--user", USERNAME, "--name", "bench", "--access", "read-write").strip()

    def say(self, *words):
        """What a command of the program prints."""
        command = [self.program, *words, *self.where]
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/")
        if ran.returncode != 0:
            raise SystemExit(f"bench: {' '.join(words[:2])} failed: {ran.stderr}")
        return ran.stdout

    def command(self):
        """How it is served."""
        return [self.program, "serve", "--listen", "{address}", *self.where]


def postgres_programs():
    """Where PostgreSQL's programs are, or `None`. Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    places = [os.path.dirname(os.path.realpath(found))] if found else []
    places += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    return next((place for place in places if os.access(f"{place}/postgres", os.X_OK)), None)


@contextlib.contextmanager
def postgres(programs, core):
    """A PostgreSQL of our own with its defaults, durable commits among them; its url."""
    directory = tempfile.mkdtemp(prefix="doorward-bench-", dir="/var/tmp")
    as_user = {}
    if os.getuid() == 0:  # It refuses to run as root.
        user = next(found for found in map(account, ("postgres", "nobody")) if found)
        os.chown(directory, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    port, server = machine.free_port(), None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "cwd": "/"}
    try:
        make = [f"{programs}/initdb", "-D", f"{directory}/data", "-U", "doorward", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(make, check=True, **quiet, **as_user)
        with machine.on_core(core):
            serve = [f"{programs}/postgres", "-D", f"{directory}/data", "-k", directory, "-h", "127.0.0.1", "-p", str(port)]
            server = subprocess.Popen(serve, **quiet, **as_user)
        ready = [f"{programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        for _ in range(200):
            if subprocess.run(ready, check=False, **quiet).returncode == 0:
                break
            time.sleep(0.1)
        yield f"postgres://doorward@127.0.0.1:{port}/postgres"
    finally:
        if server:
            server.terminate()
            server.wait(20)
        shutil.rmtree(directory, ignore_errors=True)


def account(name):
    """The account of this name, if there is one."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None
