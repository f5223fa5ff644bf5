//! `doorward token …`

use super::super::{Done, steady};
use super::{Program, json};
use insta::assert_snapshot;
use serde_json::Value;
use std::process::Stdio;

fn with_mia() -> Program {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    program
}

#[test]
fn a_secret_is_alone_on_stdout() {
    let program = with_mia();
    let done = program.run(["token", "create", "--user", "mia", "--name", "a script"]);
    let secret = done.stdout.strip_suffix('\n').unwrap();
    assert!(secret.len() == 44 && secret.starts_with("dwd_pat_"), "{secret}");
    assert!(!done.stderr.contains(secret));
    assert_snapshot!(done.told(), @"
    exit 0
    out  dwd_pat_[secret]
    err  made token 1 (a script) for mia, until [date]; it is shown this once:
    ");
}

#[test]
fn a_secret_that_cannot_be_shown_is_not_lost_without_a_word() {
    let program = with_mia();
    let mut command = program.command(["token", "create", "--user", "mia", "--name", "a script"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command.stdin(Stdio::null()).stdout(full).output().unwrap();
    let done = Done {
        status: output.status.code().unwrap(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert_snapshot!(done.told(), @"
    exit 1
    err  made token 1 (a script) for mia, until [date]; it is shown this once:
    err  doorward: writing the token (it is made: revoke it and make another): No space left on device (os error 28)
    ");
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let program = with_mia();
    program.does(["user", "add", "ben"]);
    program.make_token("mia", &[]);
    let more = ["--access", "read-write", "--expires-in", "12h", "--permission", "Query.me", "--permission", "Me.*"];
    program.make_token("ben", &more);
    assert_snapshot!(program.run(["token", "list"]).told(), @"
    exit 0
    out   ID  USER ID  NAME  ROLE  HINT  STATUS  EXPIRES AT  LAST USED AT
    out   1  1  a script  ROLE_READ_ONLY  dwd_pat_…[four]  ACTIVE  [date]
    out   2  2  a script  ROLE_READ_WRITE  dwd_pat_…[four]  EXPIRING  [date]
    ");
    let of_ben = json(&program, &["token", "list", "--user", "ben", "--json"]);
    assert_snapshot!(steady(&of_ben.to_string()), @r#"{"json_version":1,"items":[{"id":"2","user_id":"2","parent_id":null,"name":"a script","description":null,"role":"ROLE_READ_WRITE","hint":"dwd_pat_…[four]","permissions":["Query.me","Me.*"],"ip_ranges":null,"created_at":"[date]","confirmed_at":"[date]","expires_at":"[date]","last_used_at":null,"last_used_ip":null,"last_used_agent":null,"previous_secret_until":null,"status":"EXPIRING","revoked_at":null,"revoke_reason":null}]}"#);
    let done = program.run(["token", "revoke", "2", "--reason", "lost"]);
    assert_snapshot!(done.told(), @"
    exit 0
    err  revoked token 2 (a script)
    ");
    let of_ben = json(&program, &["token", "list", "--user", "ben", "--json"]);
    assert_eq!(
        (&of_ben["items"][0]["status"], &of_ben["items"][0]["revoke_reason"]),
        (&"REVOKED".into(), &"lost".into())
    );
    let mine = json(&program, &["token", "revoke", "1", "--json"]);
    assert_eq!((&mine["id"], &mine["status"]), (&"1".into(), &"REVOKED".into()));
}

#[test]
fn a_token_is_made_as_json() {
    let program = with_mia();
    let done = program.run(["token", "create", "--user", "mia", "--name", "a script", "--json"]);
    assert_snapshot!(done.told(), @r#"
    exit 0
    out  {"json_version":1,"token":"dwd_pat_[secret]","personal_access_token":{"id":"1","user_id":"1","parent_id":null,"name":"a script","description":null,"role":"ROLE_READ_ONLY","hint":"dwd_pat_…[four]","permissions":null,"ip_ranges":null,"created_at":"[date]","confirmed_at":"[date]","expires_at":"[date]","last_used_at":null,"last_used_ip":null,"last_used_agent":null,"previous_secret_until":null,"status":"ACTIVE","revoked_at":null,"revoke_reason":null}}
    "#);
    let made: Value = serde_json::from_str(&done.stdout).unwrap();
    let secret = made["token"].as_str().unwrap();
    assert_eq!(program.serve().http.standing(secret).unwrap(), "mia");
}

#[test]
fn a_token_lasts_90_days_unless_said_otherwise() {
    let program = with_mia();
    for (more, seconds) in
        [(&[][..], 90 * 86_400), (&["--expires-in", "30s"], 30), (&["--expires-in", "365d"], 365 * 86_400)]
    {
        let make = ["token", "create", "--user", "mia", "--name", "x", "--json"];
        let made = json(&program, &[&make, more].concat());
        let at = |name: &str| made["personal_access_token"][name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert_eq!(at("expires_at").duration_since(at("created_at")).as_secs(), seconds);
        assert_eq!(made["personal_access_token"]["role"], "ROLE_READ_ONLY");
    }
}

#[test]
fn a_token_is_refused_with_what_is_wrong() {
    let program = with_mia();
    let make = |user: &str, name: &str, more: &[&str]| {
        program.run(["token", "create", "--user", user, "--name", name].iter().chain(more)).told()
    };
    assert_snapshot!(make("mea", "x", &[]), @"
    exit 1
    err  doorward: there is no user named `mea`; `doorward user list` shows those that there are
    ");
    assert_snapshot!(make("mia", "", &[]), @"
    exit 1
    err  doorward: `name` must not be empty: 1 to 200 characters
    ");
    assert_snapshot!(make("mia", "x", &["--expires-in", "0d"]), @"
    exit 1
    err  doorward: `--expires-in` must be 1s to 365d
    ");
    assert_snapshot!(make("mia", "x", &["--expires-in", "366d"]), @"
    exit 1
    err  doorward: `--expires-in` must be 1s to 365d
    ");
    assert_snapshot!(make("mia", "x", &["--expires-in", "a week"]), @"
    exit 1
    err  doorward: `--expires-in` cannot be `a week`; allowed: a length of time, like 30s, 15m, 12h or 90d
    ");
    assert_snapshot!(make("mia", "x", &["--permission", "Query.mee"]), @r#"
    exit 1
    err  doorward: "Query.mee": Query has no field mee; the nearest is Query.me
    "#);
    assert_snapshot!(program.run(["token", "revoke", "1"]).told(), @"
    exit 1
    err  doorward: there is no token 1
    ");
    let nothing: Value = serde_json::from_str(&program.run(["token", "revoke", "999", "--json"]).stderr).unwrap();
    assert_eq!((&nothing["error"]["code"], &nothing["error"]["field"]), (&"NOT_FOUND".into(), &"id".into()));
    assert_snapshot!(program.run(["token", "list", "--user", "mea"]).told(), @"
    exit 1
    err  doorward: there is no user named `mea`; `doorward user list` shows those that there are
    ");
    assert_eq!(json(&program, &["token", "list", "--json"])["items"].as_array().unwrap().len(), 0);
}

#[test]
fn a_narrowing_to_what_its_user_does_not_hold_gives_nothing() {
    let program = with_mia();
    std::fs::write(program.directory().join("users.graphql"), "{ users { page_info { page } } }").unwrap();
    let token = program.make_token("mia", &["--permission", "Query.users"]);
    let done = program.run_with(["can", "--token-stdin", "--operation", "users.graphql"], token.as_bytes());
    assert_snapshot!(done.told(), @"
    exit 1
    out  not allowed; missing: PageInfo.page, Query.users, UserConnection.page_info
    out  PageInfo.page: the user holds it, but token 1 is narrowed to less
    ");
}

#[test]
fn a_token_is_held_to_files_and_ranges() {
    let program = with_mia();
    std::fs::write(program.directory().join("me.graphql"), "{ me { username } } # mine").unwrap();
    std::fs::write(program.directory().join("wrong.graphql"), "{ you }").unwrap();
    let token = program.make_token("mia", &["--document", "me.graphql", "--ip-range", "127.0.0.0/8"]);
    let elsewhere = program.make_token("mia", &["--ip-range", "192.0.2.0/24", "--ip-range", "2001:db8::1"]);
    let server = program.serve();
    assert_eq!(server.http.standing(&token).unwrap(), "mia");
    assert_eq!(server.http.standing(&elsewhere).unwrap(), "ADDRESS_NOT_ALLOWED");
    let refused = |more: &[&str]| {
        let done = program.run([&["token", "create", "--user", "mia", "--name", "x"], more].concat());
        assert_eq!(done.status, 1);
        done.told()
    };
    assert_snapshot!(refused(&["--document", "wrong.graphql"]), @"
    exit 1
    err  doorward: document 1 in `documents` does not fit the schema: type `Query` does not have a field `you` (line 1, column 3)
    ");
    assert_snapshot!(refused(&["--document", "missing.graphql"]), @"
    exit 1
    err  doorward: missing.graphql: No such file or directory (os error 2)
    ");
    assert_snapshot!(refused(&["--ip-range", "all"]), @"
    exit 1
    err  doorward: `all` is not a range of addresses: write 203.0.113.0/24, 2001:db8::/32 or 198.51.100.7
    ");
    let can = |operation: &str| {
        std::fs::write(program.directory().join("asked.graphql"), operation).unwrap();
        program.run_with(["can", "--token-stdin", "--operation", "asked.graphql"], token.as_bytes()).told()
    };
    assert_snapshot!(can("{ me { username } }"), @"
    exit 0
    out  allowed
    out  Me.username  by  Me.*  of role member
    out  Query.me  by  Query.me  of role member
    ");
    assert_snapshot!(can("{ me { id } }"), @"
    exit 1
    err  doorward: this token is held to certain documents, and this is none of them
    ");
}

#[test]
fn a_token_on_stdin_is_told_of() {
    let program = with_mia();
    std::fs::write(program.directory().join("me.graphql"), "{ me { username } }").unwrap();
    let grants = ["--access", "read-write", "--permission", "Query.me", "--permission", "Me.username"];
    let held = ["--document", "me.graphql", "--ip-range", "10.0.0.0/8"];
    let token = program.make_token("mia", &[&grants[..], &held].concat());
    let inspect = |token: &str| program.run_with(["token", "inspect"], token.as_bytes());
    assert_snapshot!(inspect(&format!("{token}\n")).told(), @"
    exit 0
    out  token 1 (a script) of mia, read-write
    out  status  ACTIVE, until [date]
    out  narrowed to Query.me, Me.username
    out  documents  1 of its own
    out  addresses  10.0.0.0/8
    out  made by  no token
    out  made  no token
    out  may do  Me.username, Query.me
    ");
    let done = program.run_with(["token", "inspect", "--json"], token.as_bytes());
    assert_snapshot!(steady(&done.stdout), @r#"{"json_version":1,"works":true,"previous_secret":false,"user":{"id":"1","username":"mia","enabled":true},"personal_access_token":{"id":"1","user_id":"1","parent_id":null,"name":"a script","description":null,"role":"ROLE_READ_WRITE","hint":"dwd_pat_…[four]","permissions":["Query.me","Me.username"],"ip_ranges":["10.0.0.0/8"],"created_at":"[date]","confirmed_at":"[date]","expires_at":"[date]","last_used_at":null,"last_used_ip":null,"last_used_agent":null,"previous_secret_until":null,"status":"ACTIVE","revoked_at":null,"revoke_reason":null,"documents":["{\n  me {\n  username\n  }\n}\n"],"effective_permissions":["Me.username","Query.me"]},"parents":[],"children":[]}"#);
    assert!(!done.stdout.contains(&token) && !done.stderr.contains(&token));
    program.does(["token", "revoke", "1", "--compromised"]);
    assert_snapshot!(inspect(&token).told(), @"
    exit 0
    out  token 1 (a script) of mia, read-write
    out  status  COMPROMISED, until [date]
    out  narrowed to Query.me, Me.username
    out  documents  1 of its own
    out  addresses  10.0.0.0/8
    out  made by  no token
    out  made  no token
    out  may do  nothing
    ");
    assert_snapshot!(inspect("dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc").told(), @"
    exit 1
    err  doorward: this is not a token of ours
    ");
    assert_snapshot!(inspect("").told(), @"
    exit 1
    err  doorward: this is not a token of ours
    ");
    assert_snapshot!(inspect("dwd_at_Doorward0Doorward1Doorward2xyz2mLsXc").told(), @"
    exit 1
    err  doorward: this is the access token of a session: `token inspect` takes personal access tokens
    ");
}
