// A Doorward client as a Go program with net/http would have it: sign-in, refresh, calls, tokens.
// Takes URL, USERNAME, PASSWORD and TOKEN (a read-write token of that user's) from the environment.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	askMe     = `{ me { name username } }`
	askSignIn = `mutation ($credentials: SignInCredentials!) {
  signIn(credentials: $credentials) { accessToken refreshToken tokenType expiresIn }
}`
	askRefresh = `mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }`
	askCreate  = `mutation ($name: String!, $role: TokenRole, $days: Int) {
  createPersonalAccessToken(name: $name, role: $role, expiryInDays: $days)
}`
	askList = `{ viewPersonalAccessTokens { name role hint created_at expires_at } }`
)

type variables map[string]any

// Every answer that this client asks for; what was not asked for stays empty.
type answer struct {
	Data struct {
		Me struct {
			Name     *string
			Username string
		}
		SignIn struct {
			AccessToken, RefreshToken, TokenType string
			ExpiresIn                            int
		}
		SignInRefresh             struct{ AccessToken string }
		CreatePersonalAccessToken string
		ViewPersonalAccessTokens  []struct {
			Name, Role, Hint string
			Created          time.Time `json:"created_at"`
			Expires          time.Time `json:"expires_at"`
		}
	}
	Errors json.RawMessage
	text   string
	header http.Header
}

var client = http.Client{
	Timeout:       10 * time.Second,
	Transport:     &http.Transport{Proxy: nil},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func expect(holds bool, format string, values ...any) {
	if !holds {
		fmt.Printf("FAIL  go: "+format+"\n", values...)
		os.Exit(1)
	}
}

func ask(path, token, query string, given variables) (got answer) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": given})
	expect(err == nil, "the request cannot be written: %v", err)
	request, err := http.NewRequest("POST", strings.TrimSuffix(os.Getenv("URL"), "/")+path, bytes.NewReader(body))
	expect(err == nil, "the URL is not one: %v", err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	expect(err == nil, "%s did not answer: %v", path, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	expect(err == nil && response.StatusCode == 200, "%s answered %s: %.300s", path, response.Status, text)
	err = json.Unmarshal(text, &got)
	expect(err == nil && got.Errors == nil, "%s answered %.300s (%v)", path, text, err)
	got.text, got.header = string(text), response.Header
	return got
}

func signedIn() []string {
	credentials := map[string]string{"userName": os.Getenv("USERNAME"), "password": os.Getenv("PASSWORD")}
	first := ask("/graphql", "", askSignIn, variables{"credentials": credentials}).Data.SignIn
	expect(strings.HasPrefix(first.AccessToken, "dwd_at_"), "signIn gave no access token")
	expect(strings.HasPrefix(first.RefreshToken, "dwd_rt_"), "signIn gave no refresh token")
	expect(first.ExpiresIn == 3600, "the access token lives %d s, not an hour", first.ExpiresIn)
	expect(strings.EqualFold(first.TokenType, "bearer"), "tokenType is %s", first.TokenType)
	fmt.Println("ok  go: signs in")

	refresh := func() string {
		return ask("/graphql", "", askRefresh, variables{"token": first.RefreshToken}).Data.SignInRefresh.AccessToken
	}
	second, third := refresh(), refresh()
	expect(first.AccessToken != second && second != third && third != first.AccessToken, "a refresh gave an access token a second time")
	fmt.Println("ok  go: refreshes twice with one refresh token")
	return []string{first.AccessToken, second, third}
}

func calls(tokens []string) {
	for _, path := range []string{"/graphql", "/graphql/", "/api/graphql", "/api/graphql/"} {
		for _, token := range tokens {
			me := ask(path, token, askMe, nil).Data.Me
			expect(me.Username == os.Getenv("USERNAME") && me.Name != nil, "%s says that we are %+v", path, me)
		}
	}
	fmt.Println("ok  go: calls all four paths with access tokens and a personal access token")
}

func makesTokens() {
	run := fmt.Sprintf("go %d", time.Now().UnixNano())
	// What is asked for, what the token is then: read-only and 365 days unless said otherwise.
	wanted := []struct {
		ask    variables
		role   string
		days   int
		secret string
	}{
		{variables{"name": run + " plain", "role": "ROLE_READ_WRITE", "days": 30}, "ROLE_READ_WRITE", 30, ""},
		{variables{"name": run + " expiry left out", "role": "ROLE_READ_WRITE"}, "ROLE_READ_WRITE", 365, ""},
		{variables{"name": run + " role null", "role": nil, "days": 1}, "ROLE_READ_ONLY", 1, ""},
	}
	for i := range wanted {
		wanted[i].secret = ask("/graphql", os.Getenv("TOKEN"), askCreate, wanted[i].ask).Data.CreatePersonalAccessToken
	}
	listed := ask("/graphql", os.Getenv("TOKEN"), askList, nil)
	for _, token := range wanted {
		name := token.ask["name"]
		expect(strings.HasPrefix(token.secret, "dwd_pat_") && len(token.secret) == 44, "%s: not a personal access token", name)
		expect(!strings.Contains(listed.text, token.secret[8:38]), "%s: the list shows the secret", name)
		used := ask("/graphql", token.secret, askMe, nil)
		expect(used.Data.Me.Username == os.Getenv("USERNAME"), "%s: the new token is somebody else's", name)
		ends, err := time.Parse(time.RFC3339, used.header.Get("doorward-token-expires-at"))
		expect(err == nil, "%s: the answer does not say when the token ends: %v", name, err)

		times := 0
		for _, row := range listed.Data.ViewPersonalAccessTokens {
			if row.Name != name {
				continue
			}
			times++
			expect(row.Role == token.role, "%s: its role is %s, not %s", name, row.Role, token.role)
			lives := row.Expires.Sub(row.Created)
			expect(lives == time.Duration(token.days)*24*time.Hour, "%s: it lives %s, not %d days", name, lives, token.days)
			off := ends.Sub(row.Expires).Abs()
			expect(off < time.Second, "%s: the answer says it ends %s, the list %s", name, ends, row.Expires)
			expect(strings.HasSuffix(row.Hint, token.secret[40:]), "%s: the hint does not end as the token does", name)
		}
		expect(times == 1, "%s: listed %d times", name, times)
	}
	fmt.Println("ok  go: makes tokens, uses them, finds them listed without their secrets")
}

func main() {
	for _, needed := range []string{"URL", "USERNAME", "PASSWORD", "TOKEN"} {
		expect(os.Getenv(needed) != "", "%s is not set", needed)
	}
	calls(append(signedIn(), os.Getenv("TOKEN")))
	makesTokens()
}
