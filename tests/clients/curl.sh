#!/usr/bin/env bash
# A Doorward client as a shell script with curl would have it: sign-in, refresh, calls, tokens.
# shellcheck disable=SC2016,SC2153 # the dollars are GraphQL's; TOKEN comes from outside
# Takes URL, USERNAME, PASSWORD and TOKEN (a read-write token of that user's) from the environment.
# python3 reads the JSON: jq is not on every machine.
set -eEuo pipefail
trap 'echo "FAIL  curl: line $LINENO ended badly"' ERR

fail() {
  echo "FAIL  curl: $*"
  exit 1
}

for needed in URL USERNAME PASSWORD TOKEN; do
  [ -n "${!needed:-}" ] || fail "$needed is not set"
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# ask QUERY VARIABLES-AS-JSON TOKEN [PATH]: leaves the answer in $scratch/answer, its headers in $scratch/headers.
ask() {
  local query=$1 variables=$2 token=$3 path=${4:-/graphql} credential=() status
  [ -z "$token" ] || credential=(--header "Authorization: Bearer $token")
  # No --location: an endpoint that redirects is a failure here.
  status=$(printf '{"query": "%s", "variables": %s}' "$query" "$variables" |
    curl --silent --show-error --noproxy '*' --max-time 10 --dump-header "$scratch/headers" \
      --output "$scratch/answer" --write-out '%{http_code}' --header 'Content-Type: application/json' \
      "${credential[@]+"${credential[@]}"}" --data-binary @- "${URL%/}$path") || fail "$path did not answer"
  [ "$status" = 200 ] || fail "$path answered $status: $(head -c 300 "$scratch/answer")"
  read_answer 'answer["data"]' >"$scratch/data" 2>&1 || fail "$path answered $(head -c 300 "$scratch/answer")"
}

# read_answer EXPRESSION [ARGUMENT…]: a Python expression over the last answer.
read_answer() {
  python3 - "$scratch/answer" "$@" <<'PYTHON'
import json, sys
from datetime import datetime
args = sys.argv[3:]
days = lambda row: (instant(row["expires_at"]) - instant(row["created_at"])).total_seconds() / 86400
instant = lambda text: datetime.fromisoformat(text.replace("Z", "+00:00"))
answer = json.load(open(sys.argv[1], encoding="utf-8"))
if "errors" in answer:
    sys.exit("the answer has errors")
print(eval(sys.argv[2]))
PYTHON
}

as_json() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1]))' "$1"; }

works() { # works TOKEN [PATH]
  ask '{ me { name username } }' null "$1" "${2:-/graphql}"
  [ "$(read_answer 'answer["data"]["me"]["username"]')" = "$USERNAME" ] || fail "${2:-/graphql} says that we are somebody else"
  [ "$(read_answer 'type(answer["data"]["me"]["name"]) is str')" = True ] || fail "${2:-/graphql} gives no name"
}

ask 'mutation ($credentials: SignInCredentials!) { signIn(credentials: $credentials) { accessToken refreshToken tokenType expiresIn } }' \
  "{\"credentials\": {\"userName\": $(as_json "$USERNAME"), \"password\": $(as_json "$PASSWORD")}}" ''
access=$(read_answer 'answer["data"]["signIn"]["accessToken"]')
refresh=$(read_answer 'answer["data"]["signIn"]["refreshToken"]')
[[ $access == dwd_at_* && $refresh == dwd_rt_* ]] || fail 'signIn did not give an access and a refresh token'
lives=$(read_answer 'answer["data"]["signIn"]["expiresIn"]')
[ "$lives" = 3600 ] || fail "the access token lives $lives s, not an hour"
type=$(read_answer 'answer["data"]["signIn"]["tokenType"].lower()')
[ "$type" = bearer ] || fail "tokenType is $type"
echo 'ok  curl: signs in'

again=()
for _ in 1 2; do
  ask 'mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }' "{\"token\": \"$refresh\"}" ''
  again+=("$(read_answer 'answer["data"]["signInRefresh"]["accessToken"]')")
done
different=$(printf '%s\n' "$access" "${again[@]}" | sort -u | wc -l)
[ "$different" -eq 3 ] || fail 'a refresh gave an access token a second time'
echo 'ok  curl: refreshes twice with one refresh token'

for path in /graphql /graphql/ /api/graphql /api/graphql/; do
  for token in "$access" "${again[@]}" "$TOKEN"; do works "$token" "$path"; done
done
echo 'ok  curl: calls all four paths with access tokens and a personal access token'

# makes NAME VARIABLES-WITHOUT-NAME ROLE DAYS: what is asked for, what the token is then.
makes() {
  local name="curl $$ $RANDOM $1" secret row ends
  ask 'mutation ($name: String!, $role: TokenRole, $days: Int) { createPersonalAccessToken(name: $name, role: $role, expiryInDays: $days) }' \
    "{\"name\": \"$name\", $2}" "$TOKEN"
  secret=$(read_answer 'answer["data"]["createPersonalAccessToken"]')
  [[ $secret =~ ^dwd_pat_[0-9A-Za-z]{36}$ ]] || fail "$name: not a personal access token"
  works "$secret"
  ends=$(grep -i '^doorward-token-expires-at: ' "$scratch/headers" | cut -c 28-46) ||
    fail "$name: the answer does not say when the token ends"

  ask '{ viewPersonalAccessTokens { name role hint created_at expires_at } }' null "$TOKEN"
  ! grep -qF "${secret:8:30}" "$scratch/answer" || fail "$name: the list shows the secret"
  row=$(read_answer '[(row["role"], days(row), row["hint"][-4:], row["expires_at"][:19])
    for row in answer["data"]["viewPersonalAccessTokens"] if row["name"] == args[0]]' "$name")
  [ "$row" = "[('$3', $4.0, '${secret: -4}', '$ends')]" ] ||
    fail "$name: listed as $row, expected role $3, $4 days, the token's last four characters, and its end $ends"
}
makes 'plain' '"role": "ROLE_READ_WRITE", "days": 30' ROLE_READ_WRITE 30
makes 'expiry left out' '"role": "ROLE_READ_WRITE"' ROLE_READ_WRITE 365
makes 'role null' '"role": null, "days": 1' ROLE_READ_ONLY 1
echo 'ok  curl: makes tokens, uses them, finds them listed without their secrets'
