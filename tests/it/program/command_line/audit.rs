//! `doorward audit …`

use super::{Program, json};
use crate::databases::Database;
use insta::assert_snapshot;
use serde_json::Value;
use std::process::Stdio;

/// The operator's name differs from machine to machine.
fn told(program: &Program, arguments: &[&str]) -> String {
    let operator = whoami::username().unwrap();
    program.run(arguments).told().replace(&format!("operator {operator}"), "operator [me]")
}

fn with_changes() -> Program {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    program.does(["role", "create", "support", "--permission", "Query.users"]);
    program.make_token("mia", &[]);
    program.does(["token", "revoke", "1", "--reason", "lost"]);
    program
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

#[test]
fn what_was_done_is_listed_the_newest_first() {
    let program = with_changes();
    assert_snapshot!(told(&program, &["audit", "list"]), @"
    exit 0
    out   ID  AT  ACTION  ACTOR  CREDENTIAL  SUBJECT TYPE  SUBJECT  IP  DETAILS
    out   4  [date]  token.revoke  operator [me]  command line  token  a script  lost
    out   3  [date]  token.create  operator [me]  command line  token  a script  read-only
    out   2  [date]  role.create  operator [me]  command line  role  support  applied_permissions (+ own:Query.users)
    out   1  [date]  user.create  operator [me]  command line  user  mia
    ");
    assert_snapshot!(told(&program, &["audit", "list", "--limit", "1"]), @"
    exit 0
    out   ID  AT  ACTION  ACTOR  CREDENTIAL  SUBJECT TYPE  SUBJECT  IP  DETAILS
    out   4  [date]  token.revoke  operator [me]  command line  token  a script  lost
    err  there are more than these 1; `--limit` shows more, `doorward audit export` all
    ");
    assert_snapshot!(told(&program, &["audit", "list", "--limit", "1", "--json"]), @r#"
    exit 0
    out  {"json_version":1,"items":[{"id":"4","at":"[date]","action":"token.revoke","actor":"operator [me]","actor_user_id":null,"credential":"command line","credential_token_id":null,"subject":"a script","subject_type":"token","subject_id":"1","ip":null,"request_id":null,"details":"lost"}]}
    "#);
}

#[test]
fn rows_are_found_by_who_what_whom_and_when() {
    let program = with_changes();
    let found = |more: &[&str]| {
        let items = json(&program, &[&["audit", "list", "--json"], more].concat())["items"].clone();
        let actions = items.as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap().to_owned());
        actions.collect::<Vec<_>>()
    };
    assert_eq!(found(&["--action", "token.*"]), ["token.revoke", "token.create"]);
    assert_eq!(found(&["--action", "token.create"]), ["token.create"]);
    assert_eq!(found(&["--action", "token"]), [""; 0]);
    assert_eq!(found(&["--subject", "SUPPORT"]), ["role.create"]);
    assert_eq!(found(&["--actor", "mia"]), [""; 0]);
    assert_eq!(found(&["--since", "1h"]).len(), 4);
    assert_eq!(found(&["--until", "1h"]), [""; 0]);
    assert_eq!(found(&["--since", "2999-01-01"]), [""; 0]);
    assert_eq!(found(&["--until", "2999-01-01T00:00:00Z", "--limit", "2"]), ["token.revoke", "token.create"]);
    assert_snapshot!(program.run(["audit", "list", "--since", "yesterday"]).told(), @"
    exit 1
    err  doorward: `--since` cannot be `yesterday`; allowed: 2026-11-29, [date], or how long ago, like 12h or 7d
    ");
}

#[test]
fn an_action_that_there_is_not_is_warned_of_with_the_nearest() {
    let program = with_changes();
    for (action, warning) in [
        ("token.created", "warning: there is no action `token.created`; did you mean `token.create`?\n"),
        ("tokne.*", "warning: there is no action `tokne.*`; did you mean `token.create`?\n"),
        ("token.*", ""),
        ("database.went_back", ""),
    ] {
        let done = program.run(["audit", "list", "--action", action, "--json"]);
        assert_eq!((done.status, done.stderr.as_str()), (0, warning), "{action}");
    }
}

#[test]
fn the_trail_is_exported_with_the_row_that_says_so() {
    let program = with_changes();
    let lines = rows(&program.does(["audit", "export"]));
    let actions: Vec<&str> = lines.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["user.create", "role.create", "token.create", "token.revoke", "audit.export"]);
    assert!(lines.iter().all(|row| row["json_version"] == 1), "{lines:?}");
    assert_eq!(lines[3]["details"].as_str().map(|details| details.contains("lost")), Some(true), "{}", lines[3]);
    let some = rows(&program.does(["audit", "export", "--action", "token.*", "--since", "1h", "--limit", "1"]));
    assert_eq!((some.len(), &some[0]["action"]), (1, &Value::from("token.create")));
    let last = &json(&program, &["audit", "list", "--limit", "1", "--json"])["items"][0];
    assert_eq!(last["details"], "since 1h, action token.*");
}

#[test]
fn a_table_for_spreadsheets_holds_no_formula() {
    let program = Program::new();
    program.does(["role", "create", "=HYPERLINK(\"http://x\",\"y\")"]);
    program.does(["role", "create", "a, \"b\""]);
    let table = program.does(["audit", "export", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_snapshot!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(" "), @"id at action actor actor_user_id credential credential_token_id subject subject_type subject_id ip request_id details");
    let subjects: Vec<String> = reader.records().map(|record| record.unwrap()[7].to_owned()).collect();
    assert_eq!(subjects, ["'=HYPERLINK(\"http://x\",\"y\")", "a, \"b\"", ""]);
    assert_snapshot!(program.run(["audit", "export", "--format", "csv", "--json"]).told(), @r#"
    exit 2
    err  {"json_version":1,"error":{"code":"BAD_USER_INPUT","message":"`--json` and `--format csv` contradict each other: leave one out"}}
    "#);
}

#[tokio::test]
async fn more_rows_than_a_page_has_come_out_whole_on_both_databases() {
    for database in [Database::sqlite(), Database::postgres().await] {
        let program = Program::on(&database);
        program.does(["user", "add", "ada", "--super-admin"]);
        let token = program.make_token("ada", &["--access", "read-write"]);
        let server = program.serve();
        for group in ["a", "b", "c"] {
            let roles = (0..40).map(|n| format!("{group}{n}: createRole(input: {{ name: \"{group}{n}\" }}) {{ id }}"));
            let made = format!("mutation {{ {} }}", roles.collect::<Vec<_>>().join(" "));
            let answer = server.http.graphql(&token, &made, &Value::Null).expect("it answers");
            assert!(!answer.body.contains("errors"), "{}", answer.body);
        }
        server.stop();
        let lines = rows(&program.does(["audit", "export"]));
        let ids: Vec<i64> = lines.iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect();
        assert!(ids.len() > 101 && ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        let back = json(&program, &["audit", "list", "--limit", "1000", "--json"]);
        let mut back: Vec<i64> =
            back["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect();
        back.reverse();
        assert_eq!(back, ids);
    }
}

#[test]
fn a_reader_that_has_had_enough_ends_the_export_quietly() {
    let program = with_changes();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for format in ["jsonl", "csv"] {
        let mut command = program.command(["audit", "export", "--format", format]);
        let output = command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program.command(["audit", "export", "--format", format]).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains("No space left on device"), "{said}");
    }
}
