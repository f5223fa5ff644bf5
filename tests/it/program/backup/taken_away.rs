//! What was taken away after the backup was made stays away, whatever the backup says.

use super::{PASSWORD, Program, tamper_by, told};
use doorward::world::World;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fs;

/// The tokens that are revoked, and since when.
fn moments_of_revoking(program: &Program) -> Vec<(i64, i64)> {
    let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    let revoked = "select id, revoked_at from personal_access_tokens where revoked_at is not null order by id";
    let mut select = database.prepare(revoked).unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_was_taken_away_since_the_backup_stays_away() {
    let program = Program::new();
    program.does(["role", "create", "support", "--permission", "Query.users", "--permission", "User.*"]);
    program.does(["role", "create", "doomed"]);
    program.add_user("ada", &["--super-admin"]);
    program.add_user("mia", &["--role", "support", "--role", "doomed"]);
    program.add_user("ben", &["--role", "support"]);
    let revoked = program.make_token("mia", &[]);
    let kept = program.make_token("mia", &[]);
    let of_ben = program.make_token("ben", &[]);
    let key = program.make_token("mia", &["--access", "read-write"]);
    let server = program.serve();
    let (session, _) = server.http.sign_in("mia", PASSWORD);
    program.does(["backup", "monday.backup"]);

    program.does(["token", "revoke", "1"]);
    program.does(["user", "disable", "ben"]);
    let new = "a quite different password";
    assert_eq!(program.run_with(["user", "set-password", "mia", "--password-stdin"], new.as_bytes()).status, 0);
    program.does(["role", "update", "support", "--remove-permission", "User.*"]);
    program.does(["role", "delete", "doomed"]);
    program.does(["role", "create", "newer", "--permission", "Query.users"]);
    program.add_user("eve", &[]);
    let later = program.make_token("eve", &["--description", "for the night"]);
    for token in [&later, &kept] {
        assert!(["eve", "mia"].contains(&&*server.http.standing(token).unwrap()));
    }
    // The token with which more is made narrows itself, and gets another secret.
    let narrow = "mutation { updatePersonalAccessToken(id: 4, input: { permissions: [\"Me.*\", \"Query.me\", \
                  \"Mutation.rotatePersonalAccessToken\", \"IssuedPersonalAccessToken.*\"] }) { id } }";
    let answer = server.http.ask(&key, narrow, &Value::Null);
    assert!(answer["errors"].is_null(), "{answer}");
    let rotate = "mutation { rotatePersonalAccessToken(overlap_hours: 0) { token } }";
    let rotated = server.http.ask(&key, rotate, &Value::Null);
    let fresh = rotated["data"]["rotatePersonalAccessToken"]["token"].as_str().unwrap_or_else(|| panic!("{rotated}"));

    // A server is in the way; looking is not.
    let refused = program.run(["restore", "monday.backup", "--replace"]);
    assert_snapshot!(refused.told(), @"
    exit 1
    err  doorward: a server or a command is using this data directory: stop it, then restore
    ");
    let dry = program.run(["restore", "monday.backup", "--dry-run"]);
    assert_snapshot!(told(&dry.told()), @"
    exit 0
    err  user 2 `mia`: keeps the password of now
    err  user 3 `ben`: stays disabled
    err  user 4 `eve`: came after the backup: is kept, disabled and without a password
    err  user 2 `mia`: does not hold the role `doomed` any more
    err  role 3 `support`: without own:User.*
    err  role 4 `doomed`: stays deleted
    err  role 5 `newer`: came after the backup: is gone, and nobody holds it
    err  token 1 `a script`: stays revoked
    err  token 4 `a script`: keeps the secret of now, stays narrowed
    err  token 5 `a script`: came after the backup: is kept, revoked
    err  sessions that would be ended, so that people sign in again: 1
    err  rows of the audit trail since the backup that would be kept: 11
    err  nothing was changed; this would restore the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(server.http.standing(&kept).unwrap(), "mia");
    server.stop();
    assert_snapshot!(program.run(["restore", "monday.backup"]).told(), @"
    exit 1
    err  doorward: there is data in doorward-data already: with --replace the backup takes its place, and --dry-run says what that would do
    ");
    let restoring = World::real().now().0;
    let done = program.run(["restore", "monday.backup", "--replace"]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  user 2 `mia`: keeps the password of now
    err  user 3 `ben`: stays disabled
    err  user 4 `eve`: came after the backup: is kept, disabled and without a password
    err  user 2 `mia`: does not hold the role `doomed` any more
    err  role 3 `support`: without own:User.*
    err  role 4 `doomed`: stays deleted
    err  role 5 `newer`: came after the backup: is gone, and nobody holds it
    err  token 1 `a script`: stays revoked
    err  token 4 `a script`: keeps the secret of now, stays narrowed
    err  token 5 `a script`: came after the backup: is kept, revoked
    err  sessions that were ended, so that people sign in again: 1
    err  rows of the audit trail since the backup that were kept: 11
    err  the database that was here is kept as doorward-data/doorward.db.replaced-[moment]
    err  restored the backup of [date] (Doorward 0.1.0)
    ");

    let stands = program.stands(&[&revoked, &kept, &of_ben, &key, fresh, &later, &session]);
    assert_eq!(
        stands,
        ["TOKEN_REVOKED", "mia", "USER_DISABLED", "TOKEN_EXPIRED", "mia", "TOKEN_REVOKED", "TOKEN_REVOKED"]
    );
    let server = program.serve();
    let missing = server.http.ask(fresh, "{ personal_access_tokens { entities { id } } }", &Value::Null);
    assert_eq!(missing["errors"][0]["extensions"]["code"], "FORBIDDEN", "it stays narrowed: {missing}");
    assert_eq!(server.http.try_to_sign_in("mia", PASSWORD)["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
    server.http.sign_in("mia", new);
    let role = &program.says(["role", "show", "support"])["applied_permissions"];
    assert_eq!(role, &json!(["Query.users"]));
    let users = program.says(["user", "list"]);
    let eve = users["items"].as_array().unwrap().iter().find(|user| user["username"] == "eve").unwrap();
    assert_eq!(eve["enabled"], false, "{users}");
    // What a restore ends itself, it ends then and not in the past.
    let ended = moments_of_revoking(&program);
    assert_eq!(ended.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), [1, 5]);
    assert!(ended[1].1 > restoring, "token 5 is said to have been revoked before the restore");
    assert!(ended[0].1 < restoring, "token 1 was revoked before the restore");
    // What is known of a token is known on, though it was used after the backup, or made.
    let tokens = program.says(["token", "list"]);
    let token = |id: &str| tokens["items"].as_array().unwrap().iter().find(|token| token["id"] == id).unwrap().clone();
    assert_eq!(token("5")["description"], "for the night", "{tokens}");
    for id in ["2", "5"] {
        assert!(token(id)["last_used_at"].is_string() && token(id)["last_used_ip"] == "127.0.0.1", "{}", token(id));
    }
    // The next of each kind gets a number that nobody had.
    assert_eq!(program.says(["role", "create", "next"])["id"], "6");
    // And the old database is there still.
    let kept: Vec<_> = fs::read_dir(program.data("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(kept.iter().any(|name| name.to_string_lossy().starts_with("doorward.db.replaced-")), "{kept:?}");
}

#[test]
fn an_older_database_brings_no_secret_back_but_what_it_took_away_stays_away() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let revoked = program.make_token("mia", &[]);
    let kept = program.make_token("mia", &[]);
    let older = program.database();
    let new = "a quite different password";
    assert_eq!(program.run_with(["user", "set-password", "mia", "--password-stdin"], new.as_bytes()).status, 0);
    program.does(["backup", "monday.backup"]);

    // As it was: there is nothing that the backup does not know.
    program.put_back(&older);
    let dry = &program.says(["restore", "monday.backup", "--dry-run"])["restore"];
    assert_eq!((&dry["taken_away_again"], &dry["replaced_is_later"]), (&json!([]), &json!(false)), "{dry}");
    // It went another way.
    program.does(["token", "revoke", "1"]);
    let done = &program.says(["restore", "monday.backup", "--replace"])["restore"];
    let taken = json!([{ "of": "token", "id": "1", "name": "a script", "what": "stays revoked" }]);
    assert_eq!((&done["taken_away_again"], &done["replaced_is_later"]), (&taken, &json!(false)), "{done}");
    assert_eq!(program.stands(&[&revoked, &kept]), ["TOKEN_REVOKED", "mia"]);
    let server = program.serve();
    assert_eq!(server.http.try_to_sign_in("mia", PASSWORD)["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
    server.http.sign_in("mia", new);
}

#[test]
fn a_token_with_two_secrets_is_revoked_where_nobody_knows_which_is_newer() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let older = program.database();
    program.add_user("ben", &[]);
    program.does(["backup", "monday.backup"]);
    program.put_back(&older);
    program.add_user("zoe", &[]);
    let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    database.execute_batch("update personal_access_tokens set hash = randomblob(32)").unwrap();
    drop(database);
    let restoring = World::real().now().0;
    let done = program.run(["restore", "monday.backup", "--replace"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(moments_of_revoking(&program).iter().all(|(_, at)| *at > restoring), "it was revoked by the restore");
    assert!(done.stderr.contains("token 1 `a script`: is revoked: it has another secret now"), "{}", done.stderr);
    assert_eq!(program.stands(&[&token]), ["TOKEN_REVOKED"]);
}

#[test]
fn a_link_to_set_a_password_does_not_come_back() {
    let program = Program::new();
    program.add_user("ada", &["--super-admin"]);
    program.add_user("mia", &[]);
    let server = program.serve();
    let (session, _) = server.http.sign_in("ada", PASSWORD);
    let made = server.http.ask(&session, "mutation { createPasswordLink(id: 2) { url } }", &Value::Null);
    let url = made["data"]["createPasswordLink"]["url"].as_str().unwrap_or_else(|| panic!("{made}"));
    let link = url.strip_prefix(&server.url()).unwrap_or_else(|| panic!("{url} is not at {}", server.url()));
    assert_eq!(server.http.get(link).status, 200);
    program.does(["backup", "monday.backup"]);
    let code = link.split_once("?code=").expect("a code").1;
    let sent = server.http.post_form("/set-password", &[("code", code), ("password", "a quite different password")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    server.stop();
    program.does(["restore", "monday.backup", "--replace"]);
    let server = program.serve();
    assert_eq!(server.http.get(link).status, 403);
    server.http.sign_in("mia", "a quite different password");
}

#[test]
fn a_backup_that_was_tampered_with_is_held_to_its_own_trail() {
    let program = Program::new();
    program.add_user("mia", &[]);
    program.add_user("ben", &[]);
    let token = program.make_token("mia", &[]);
    program.does(["token", "revoke", "1"]);
    program.does(["user", "disable", "ben"]);
    program.does(["backup", "a.backup"]);
    let file = program.directory().join("a.backup");
    tamper_by(&file, "update personal_access_tokens set revoked_at = null; update users set enabled = 1");
    let elsewhere = Program::new();
    let done = elsewhere.run(["restore", file.to_str().unwrap()]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  warning: there is nothing to compare the backup with: what was taken away since is not known, and may be back
    err  token 1 `a script`: was revoked, as the backup's own trail says, and stays so
    err  user 2 `ben`: was disabled, as the backup's own trail says, and stays so
    err  sessions that were ended, so that people sign in again: 0
    err  rows of the audit trail since the backup that were kept: 0
    err  no super administrator is left: `doorward user add NAME --super-admin` makes one
    err  restored the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(elsewhere.stands(&[&token]), ["TOKEN_REVOKED"]);
}

#[test]
fn coordinates_that_were_closed_again_since_the_backup_stay_closed() {
    let program = Program::new();
    program.does(["role", "create", "support", "--permission", "Query.users", "--permission", "User.*"]);
    program.does(["role", "update", "support", "--add-permission", "UserConnection.*"]);
    program.add_user("mia", &["--role", "support"]);
    program.serve().stop();
    let live = || rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    let accepted = "update coordinates set accepted_at = first_seen_at where coordinate = 'User.enabled'";
    live().execute_batch(accepted).unwrap();
    program.does(["backup", "monday.backup"]);
    // As if updates had taken these away and brought them again; one was accepted since.
    let closed = "insert into schema_revisions (id, digest, made_at) select 2, digest, made_at from schema_revisions;
                  update coordinates set first_seen_revision = 2, accepted_at = null
                  where coordinate in ('User.email_address', 'User.enabled', 'User.updated_at');
                  update coordinates set accepted_at = first_seen_at where coordinate = 'User.updated_at'";
    live().execute_batch(closed).unwrap();
    let done = program.run(["restore", "monday.backup", "--replace"]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  coordinate `own:User.email_address`: stays closed to the grants of then, until `doorward schema accept`
    err  coordinate `own:User.enabled`: stays closed to the grants of then, until `doorward schema accept`
    err  sessions that were ended, so that people sign in again: 0
    err  rows of the audit trail since the backup that were kept: 1
    err  no super administrator is left: `doorward user add NAME --super-admin` makes one
    err  the database that was here is kept as doorward-data/doorward.db.replaced-[moment]
    err  restored the backup of [date] (Doorward 0.1.0)
    ");
    let json = program.says(["restore", "monday.backup", "--dry-run"]);
    assert_eq!(json["restore"]["taken_away_again"][0]["of"], "coordinate", "{json}");
    program.serve().stop();
    let can = |fields: &str| {
        fs::write(program.directory().join("q.graphql"), format!("{{ users {{ entities {{ {fields} }} }} }}")).unwrap();
        program.run(["can", "--user", "mia", "--operation", "q.graphql"])
    };
    assert_eq!(can("username updated_at").status, 0);
    let refused = can("username enabled email_address");
    assert_eq!(refused.stdout, "not allowed; missing: User.email_address, User.enabled\n", "{}", refused.stderr);
    // It is opened as all else that is new.
    let opened = program.does(["schema", "accept", "--all"]);
    assert_eq!(opened, "User.email_address\nUser.enabled\n");
    assert_eq!(can("username enabled email_address").status, 0);
}
