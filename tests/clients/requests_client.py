"""A Doorward client as a script with Python's requests would have it: sign-in, refresh, calls, tokens.

Takes URL, USERNAME, PASSWORD and TOKEN (a read-write token of that user's) from the environment.
"""

import os
import sys
import uuid
from datetime import datetime, timedelta

import requests

ME = "{ me { name username } }"
SIGN_IN = """mutation ($credentials: SignInCredentials!) {
  signIn(credentials: $credentials) { accessToken refreshToken tokenType expiresIn }
}"""
REFRESH = "mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken tokenType expiresIn } }"
CREATE = """mutation ($name: String!, $role: TokenRole, $days: Int) {
  createPersonalAccessToken(name: $name, role: $role, expiryInDays: $days)
}"""
LIST = "{ viewPersonalAccessTokens { id name role hint status created_at expires_at } }"

session = requests.Session()
session.trust_env = False  # no proxy, no .netrc: the header that we send is the credential


def expect(holds, what):
    if not holds:
        sys.exit(f"FAIL  requests: {what}")


def ask(query, variables=None, token=None, path="/graphql"):
    response = session.post(
        os.environ["URL"].rstrip("/") + path,
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {token}"} if token else {},
        allow_redirects=False,
        timeout=10,
    )
    expect(response.status_code == 200, f"{path} answered {response.status_code}: {response.text[:300]}")
    body = response.json()
    expect("errors" not in body, f"{path} answered errors: {response.text[:300]}")
    return body["data"], response


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def signed_in():
    credentials = {"userName": os.environ["USERNAME"], "password": os.environ["PASSWORD"]}
    answer = ask(SIGN_IN, {"credentials": credentials})[0]["signIn"]
    expect(answer["accessToken"].startswith("dwd_at_"), "signIn gave no access token")
    expect(answer["refreshToken"].startswith("dwd_rt_"), "signIn gave no refresh token")
    expect(answer["expiresIn"] == 3600, f"the access token lives {answer['expiresIn']} s, not an hour")
    expect(answer["tokenType"].lower() == "bearer", f"tokenType is {answer['tokenType']}")
    print("ok  requests: signs in")

    access = [answer["accessToken"]]
    for _ in range(2):
        access.append(ask(REFRESH, {"token": answer["refreshToken"]})[0]["signInRefresh"]["accessToken"])
    expect(len(set(access)) == 3, "a refresh gave an access token a second time")
    print("ok  requests: refreshes twice with one refresh token")
    return access


def calls(tokens):
    for path in ("/graphql", "/graphql/", "/api/graphql", "/api/graphql/"):
        for token in tokens:
            me = ask(ME, None, token, path)[0]["me"]
            expect(me["username"] == os.environ["USERNAME"], f"{path} says that we are {me}")
            expect(isinstance(me["name"], str), f"{path} gives no name: {me}")
    print("ok  requests: calls all four paths with access tokens and a personal access token")


def makes_tokens():
    run = f"requests {uuid.uuid4()}"
    # What is asked for, what the token is then: read-only and 365 days unless said otherwise.
    wanted = [
        ({"name": f"{run} plain", "role": "ROLE_READ_WRITE", "days": 30}, "ROLE_READ_WRITE", 30),
        ({"name": f"{run} expiry left out", "role": "ROLE_READ_WRITE"}, "ROLE_READ_WRITE", 365),
        ({"name": f"{run} role null", "role": None, "days": 1}, "ROLE_READ_ONLY", 1),
    ]
    secrets = [ask(CREATE, variables, os.environ["TOKEN"])[0]["createPersonalAccessToken"] for variables, _, _ in wanted]
    data, response = ask(LIST, None, os.environ["TOKEN"])
    for (variables, role, days), secret in zip(wanted, secrets):
        name = variables["name"]
        expect(secret.startswith("dwd_pat_") and len(secret) == 44, f"{name}: not a personal access token")
        me, used = ask(ME, None, secret)
        expect(me["me"]["username"] == os.environ["USERNAME"], f"{name}: the new token is somebody else's")

        rows = [row for row in data["viewPersonalAccessTokens"] if row["name"] == name]
        expect(len(rows) == 1, f"{name}: listed {len(rows)} times")
        row = rows[0]
        expect(row["role"] == role, f"{name}: its role is {row['role']}, not {role}")
        lives = instant(row["expires_at"]) - instant(row["created_at"])
        expect(lives == timedelta(days=days), f"{name}: it lives {lives}, not {days} days")
        told = used.headers.get("doorward-token-expires-at", "no header")
        expect(told[:19] == row["expires_at"][:19], f"{name}: the answer says it ends {told}, the list {row['expires_at']}")
        expect(row["hint"].endswith(secret[-4:]), f"{name}: the hint does not end as the token does")
        expect(secret[8:38] not in response.text, f"{name}: the list shows the secret")
    print("ok  requests: makes tokens, uses them, finds them listed without their secrets")


for needed in ("URL", "USERNAME", "PASSWORD", "TOKEN"):
    expect(os.environ.get(needed), f"{needed} is not set")
try:
    calls([*signed_in(), os.environ["TOKEN"]])
    makes_tokens()
except (requests.RequestException, LookupError, TypeError, ValueError) as error:
    expect(False, repr(error))  # no answer, or one of another shape
