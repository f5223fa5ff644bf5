"""Fills a data directory with more tokens than can be made one by one in the time of a bench."""

import hashlib
import os
import secrets
import sqlite3
import zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# How many of them are shown in turn: more than the server remembers.
SHOWN = 60_000


def secret():
    """A personal access token: 30 characters and the checksum over them."""
    random = "".join(secrets.choice(DIGITS) for _ in range(30))
    left, checksum = zlib.crc32(random.encode()), ""
    for _ in range(6):
        left, digit = divmod(left, 62)
        checksum = DIGITS[digit] + checksum
    return f"dwd_pat_{random}{checksum}"


def fill(path, count):
    """Adds tokens until there are `count`, as copies of the first; those that are shown are answered. No server may
    have the database open."""
    shown = [secret() for _ in range(SHOWN)]
    hashes = [hashlib.sha256(one.encode()).digest() for one in shown]
    database = sqlite3.connect(path)
    columns = [name for _, name, *_ in database.execute("pragma table_info(personal_access_tokens)")]
    given = [name for name in columns if name not in ("id", "hash")]
    # What is used for the first time is written down at once: these have been used before.
    values = ", ".join("created_at" if name == "last_used_at" else name for name in given)
    copy = f"insert into personal_access_tokens (hash, {', '.join(given)}) select ?, {values} from personal_access_tokens where id = 1"
    with database:
        database.executemany(copy, ((one,) for one in hashes))
        database.executemany(copy, ((os.urandom(32),) for _ in range(count - SHOWN - 1)))
    (stored,) = database.execute("select count(*) from personal_access_tokens").fetchone()
    if stored != count and count > SHOWN:
        raise SystemExit(f"bench: {stored} tokens instead of {count}")
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    return shown
