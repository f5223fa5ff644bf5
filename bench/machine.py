"""What the operating system knows: who runs on which core, the processor time and memory of a process, the disk."""

import contextlib
import os
import platform
import socket
import subprocess
import time


@contextlib.contextmanager
def on_core(core):
    """Whatever is started meanwhile runs on this core alone, or on these where it is a set."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, core if isinstance(core, set) else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores():
    """The core for servers and the one for the load."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench: two cores are needed, one for the servers and one for the load")
    return usable[0], usable[1]


def processor_seconds(pid):
    """The processor time of a process, ended threads included, to the nanosecond (see clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def family(pid):
    """A process and those that it started, and they in turn."""
    found = [pid]
    for one in found:
        with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as children:
            found += map(int, children.read().split())
    return found


def resident_mib(pid, line="VmRSS:"):
    """The memory of a process that is in RAM, in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        kib = next(words.split()[1] for words in status if words.startswith(line))
    return int(kib) / 1024


@contextlib.contextmanager
def most_mib(pid):
    """A list that holds, in the end, the most memory that the process had in RAM meanwhile, in MiB: the kernel keeps it
    up to date, so that no peak falls between two looks."""
    most = []
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    yield most
    most.append(resident_mib(pid, "VmHWM:"))


def syncs_per_second(directory, seconds=1.0):
    """How often this disk makes 4 KiB at the end of a file durable, one after the other."""
    path = os.path.join(directory, "fdatasync")
    block, count, began = os.urandom(4096), 0, time.perf_counter()
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        while time.perf_counter() - began < seconds:
            os.write(file, block)
            os.fdatasync(file)
            count += 1
        return count / (time.perf_counter() - began)
    finally:
        os.close(file)
        os.unlink(path)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def described():
    """One line about the machine."""
    model = "unknown processor"
    with contextlib.suppress(OSError, StopIteration), open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{model}, {os.cpu_count()} cores, {gib:.0f} GiB, {platform.system()} {platform.release()}"


def commit(root):
    """The commit that is checked out, and whether files differ from it."""
    def git(*words):
        ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        return ran.stdout.strip() if ran.returncode == 0 else ""

    with contextlib.suppress(OSError):
        return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (", changed" if git("status", "--porcelain") else "")
    return "unknown"
