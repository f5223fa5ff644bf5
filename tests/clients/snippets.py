#!/usr/bin/env python3
"""Runs the vendors' snippets, word for word, with the real clients, and checks what they answer.

    DOORWARD_SNIPPETS_DIR=… python3 snippets.py --url http://127.0.0.1:8080 \\
        --username U --password P --token PAT_READ_WRITE --admin-token PAT_OF_AN_ADMINISTRATOR

The token is U's, read-write and allowed to make tokens; the administrator's may read `users`.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zlib

import documents
from documents import as_user, at, curl_command, with_token

VENV = pathlib.Path(__file__).resolve().parents[2] / "target/clients-venv/bin/python"
# The server is on this machine, whatever proxy the machine is told to use.
ENVIRONMENT = {**os.environ, "NO_PROXY": "*", "no_proxy": "*", "NO_COLOR": "1", "GOPROXY": "off"}
ENVIRONMENT.pop("FORCE_COLOR", None)


class Wrong(Exception):
    """The snippet did not run, or did not answer what it should."""


# --- tokens ----------------------------------------------------------------------------------------------------------


def checksum(random_part):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number, text = zlib.crc32(random_part.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        text = digits[digit] + text
    return text.rjust(6, "0")


def check_form(token, kind):
    parts = re.fullmatch(rf"dwd_{kind}_([0-9A-Za-z]{{30}})([0-9A-Za-z]{{6}})", token)
    if not parts:
        raise Wrong(f"not of the form dwd_{kind}_ and 36 characters: {token!r}")
    if checksum(parts[1]) != parts[2]:
        raise Wrong(f"the checksum of the dwd_{kind}_ token is not right")


def check_works(args, token):
    """Another request, with the token that a snippet gave."""
    request = urllib.request.Request(
        f"{args.url}/graphql",
        data=json.dumps({"query": "{ me { username } }"}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
            answer = data_of(response.read().decode())
    except (urllib.error.URLError, TimeoutError) as error:
        raise Wrong(f"the token that came back does not work: {error}") from error
    if answer != {"me": {"username": args.username}}:
        raise Wrong(f"the token that came back is somebody else's: {answer}")


# --- clients ---------------------------------------------------------------------------------------------------------


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Wrong(f"{program} is missing on this machine (tools/setup test installs it)")


def run(command, given=None, seconds=60, cwd=None, **environment):
    """What the client prints; that it ends badly or not at all is a failure."""
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=seconds, cwd=cwd,
            env={**ENVIRONMENT, **environment}, check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Wrong(f"{command[0]} has not ended after {seconds} s") from error
    if done.returncode != 0:
        told = re.findall(r"[^\r\n]*(?:rror|panic|curl: )[^\r\n]*", done.stderr)  # not the frames, not the progress
        raise Wrong(f"{command[0]} ended with {done.returncode}: {(told or [done.stderr])[-1].strip()[-300:]}")
    return done.stdout


def bash(snippet):
    need("bash", "curl")
    return run(["bash", "-c", snippet])


def node(snippet):
    need("node")
    return run(["node", "--input-type=module"], snippet)  # a module, since the snippet awaits at its top


def python():
    """A Python that has requests."""
    for candidate in (str(VENV), "python3"):
        asked = [candidate, "-c", "import requests"]
        if shutil.which(candidate) and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return candidate
    raise Wrong("python with requests is missing on this machine (tools/setup test installs it)")


def go(snippet):
    need("go")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "main.go").write_text(snippet)
        return run(["go", "run", "main.go"], seconds=300, cwd=folder)  # the first time it compiles its library


def post_document(args, document):
    """For what the document shows as bare GraphQL."""
    need("curl")
    command = ["curl", "-sS", "-H", "Content-Type: application/json", "--data-binary", "@-", f"{args.url}/graphql"]
    return data_of(run(command, json.dumps({"query": document})))


# --- answers ---------------------------------------------------------------------------------------------------------


def data_of(text):
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise Wrong(f"no JSON came back: {text[:300]!r}") from error
    if not isinstance(answer, dict) or "errors" in answer or not isinstance(answer.get("data"), dict):
        raise Wrong(f"no data came back: {text[:400]}")
    return answer["data"]


def check_made(args, printed, pattern):
    """The printed answer is a token, in the form in which that language prints it, and the token works."""
    found = re.fullmatch(pattern, printed.strip())
    if not found:
        raise Wrong(f"not a token answer: {printed.strip()[:400]!r}")
    check_form(found[1], "pat")
    check_works(args, found[1])


AS_JSON = r'\{\s*"data":\s*\{\s*"createPersonalAccessToken":\s*"(\w+)"\s*\}\s*\}'
AS_NODE_PRINTS = r"\{\s*data: \{\s*createPersonalAccessToken: '(\w+)'\s*\}\s*\}"
AS_GO_PRINTS = r"map\[data:map\[createPersonalAccessToken:(\w+)\]\]"


def check_signed_in(args, pair):
    if sorted(pair) != ["accessToken", "refreshToken"]:
        raise Wrong(f"signIn answered {sorted(pair)}")
    check_form(pair["accessToken"], "at")
    check_form(pair["refreshToken"], "rt")
    check_works(args, pair["accessToken"])
    return pair


# --- the snippets ----------------------------------------------------------------------------------------------------


def sonar_2025(args, text):
    me = data_of(bash(at(args.url, with_token(args.token, curl_command(text)))))["me"]
    if sorted(me) != ["name", "username"] or me["username"] != args.username or not isinstance(me["name"], str):
        raise Wrong(f"me answered {me}")


def sonar_older(args, text):
    if not args.admin_token:
        raise Wrong("it lists a user, so it needs --admin-token")
    command = curl_command(documents.unglue_curl(text))
    users = data_of(bash(at(args.url, with_token(args.admin_token, command))))["users"]["entities"]
    if len(users) != 1 or users[0]["id"] != "1" or sorted(users[0]) != ["id", "name", "public_name", "username"]:
        raise Wrong(f"users(id: 1) answered {users}")


def point_one(language, client, pattern):
    def snippet(args, text):
        code = documents.samples(text)[language]
        check_made(args, client(at(args.url, with_token(args.token, code))), pattern)

    return snippet


def red_flag_document(args, text):
    # The document's indentation holds no-break spaces; they are part of the text that people paste.
    document = as_user(args.username, args.password, documents.complete_sign_in(text))
    check_signed_in(args, post_document(args, document)["signIn"])


def red_flag_curl(args, text):
    command = documents.give_curl_its_url(curl_command(text), f"{args.url}/graphql")
    return check_signed_in(args, data_of(bash(as_user(args.username, args.password, command)))["signIn"])


def red_flag_python(args, text):
    code = documents.open_call(documents.close_headers(documents.red_flag_python(text)))
    code = documents.give_python_its_url(code, f"{args.url}/graphql")
    # The snippet takes user name and password from two names and prints nothing: both are done around it.
    around = (
        "import os, runpy, sys\n"
        "given = {'username': os.environ['SNIPPET_USERNAME'], 'password': os.environ['SNIPPET_PASSWORD']}\n"
        "print(runpy.run_path(sys.argv[1], init_globals=given)['access_token'])\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "snippet.py")
        path.write_text(code)
        command = [python(), "-c", around, str(path)]
        printed = run(command, SNIPPET_USERNAME=args.username, SNIPPET_PASSWORD=args.password).strip()
    check_form(printed, "at")
    check_works(args, printed)


def red_flag_refresh(args, text):
    pair = red_flag_curl(args, text)
    document = documents.with_refresh_token(pair["refreshToken"], documents.complete_refresh(text))
    seen = {pair["accessToken"]}
    for _ in range(3):  # the first gives a new access token; after that the same refresh token still works twice
        access_token = post_document(args, document)["signInRefresh"]["accessToken"]
        if access_token in seen:
            raise Wrong("signInRefresh answered an access token that was given before")
        seen.add(access_token)
        check_form(access_token, "at")
        check_works(args, access_token)


SNIPPETS = [
    ("sonar-2025 curl", "sonar-2025.txt", sonar_2025),
    ("sonar-older curl", "sonar-older.txt", sonar_older),
    ("pointone cURL", "pointone.txt", point_one("cURL", bash, AS_JSON)),
    ("pointone JavaScript", "pointone.txt", point_one("JavaScript", node, AS_NODE_PRINTS)),
    ("pointone Python", "pointone.txt", point_one("Python", lambda code: run([python(), "-"], code), AS_JSON)),
    ("pointone Go", "pointone.txt", point_one("Go", go, AS_GO_PRINTS)),
    ("redflagalert signIn document", "redflagalert.txt", red_flag_document),
    ("redflagalert curl", "redflagalert.txt", red_flag_curl),
    ("redflagalert Python", "redflagalert.txt", red_flag_python),
    ("redflagalert signInRefresh document", "redflagalert.txt", red_flag_refresh),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("url", "username", "password", "token"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--admin-token", help="may read users; for the one snippet that does")
    args = parser.parse_args()
    args.url = args.url.rstrip("/")
    for name in ("username", "password"):  # they go into quotations in three languages, and unescaped
        if not re.fullmatch(r"[^\"'\\\n]+", getattr(args, name)):
            parser.error(f"--{name} must be without quotes and backslashes here")
    return args


def main():
    folder = os.environ.get("DOORWARD_SNIPPETS_DIR")
    if not folder:
        print("the snippets were not run: DOORWARD_SNIPPETS_DIR is not set")
        return 0
    args = arguments()
    assert checksum("Doorward0Doorward1Doorward2xyz") == "2mLsXc", "our own checksum is wrong"
    failed = 0
    for name, document, snippet in SNIPPETS:
        try:
            snippet(args, pathlib.Path(folder, document).read_text(encoding="utf-8"))
            print(f"ok  {name}", flush=True)
        # An answer of another shape than expected is a failure of the snippet, not of this program.
        except (Wrong, documents.Changed, OSError, LookupError, TypeError) as error:
            failed += 1
            said = str(error) if isinstance(error, (Wrong, documents.Changed)) else repr(error)
            why = re.sub(r"(dwd_[a-z]+_)\w+", r"\1…", said)  # no secret into a log
            print(f"FAIL  {name}  {' '.join(why.split())}", flush=True)
    print(f"{len(SNIPPETS)} snippets ran, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
