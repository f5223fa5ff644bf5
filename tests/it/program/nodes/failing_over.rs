//! A standby that takes over and lacks the last changes, and one that answers though it lags.

use super::relay::Relay;
use super::{BACK_WITHIN, BOUND, BOUND_WHATEVER_FAILS, asks, until};
use crate::databases::Replicated;
use crate::program::running::Running;
use crate::program::{Program, figure};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

/// What a server answers to one statement that gives one number.
fn number(address: &str, sql: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("postgres://doorward@{address}/postgres");
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("it answers");
        let connection = tokio::spawn(connection);
        let row = client.query_one(sql, &[]).await.expect("it can be run");
        connection.abort();
        row.get(0)
    })
}

/// Waits until the standby has all that the primary has.
fn caught_up(primary: &str, standby: &str) {
    let revision =
        |address: &str| number(address, "select n + (select count(*) from personal_access_tokens) from revision");
    let (since, wanted) = (Instant::now(), revision(primary));
    while revision(standby) != wanted {
        assert!(since.elapsed() < BACK_WITHIN, "the standby does not follow");
        std::thread::sleep(Duration::from_millis(20));
    }
}

struct Scene {
    servers: Replicated,
    standby: String,
    replication: Relay,
    program: Program,
    lost: String,
    kept: String,
}

/// A primary, and a standby that has all there is, two tokens among it.
fn scene() -> Scene {
    let mut servers = Replicated::start();
    let replication = Relay::to(&servers.primary);
    let standby = servers.standby_through(replication.address().port());
    let url = format!("postgres://doorward@{},{standby}/postgres", servers.primary);
    let program = Program::new().with("DOORWARD_DATABASE__URL", &url);
    program.add_user("mia", &[]);
    let (lost, kept) = (program.make_token("mia", &[]), program.make_token("mia", &[]));
    Scene { servers, standby, replication, program, lost, kept }
}

fn knows(node: &Running, tokens: [&str; 2]) {
    for token in [tokens, tokens].concat() {
        assert_eq!(node.http.standing(token).unwrap(), "mia");
    }
}

#[test]
fn a_failover_that_lost_the_last_changes_is_noticed_told_and_written_down() {
    let Scene { mut servers, standby, replication, program, lost, kept } = scene();
    let node = program.serve();
    knows(&node, [&lost, &kept]);
    caught_up(&servers.primary, &standby);
    replication.fall_silent();
    program.does(["token", "revoke", "1"]);
    until(&node.http, &lost, BOUND, "TOKEN_REVOKED");
    servers.kill_primary();
    until(&node.http, &kept, 2 * BOUND_WHATEVER_FAILS, "UNAVAILABLE");
    servers.promote();
    let back = until(&node.http, &kept, BACK_WITHIN, "mia");
    figure(&format!("a standby took over: back {} ms after it was promoted", back.as_millis()));
    let ready = node.http.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("the database went back: revision 3 was seen, 2 came back"), "{}", ready.body);
    let written = "select count(*) from audit_events where action = 'database.went_back' and actor = 'doorward'";
    let since = Instant::now();
    while number(&standby, written) != 1 {
        assert!(since.elapsed() < BACK_WITHIN, "it was not written down");
    }
    // And what is taken away from now on is heard of as before.
    program.does(["token", "revoke", "2"]);
    until(&node.http, &kept, BOUND, "TOKEN_REVOKED");
}

#[test]
fn a_standby_that_lags_revives_nothing_where_a_proxy_leads_to_it() {
    let Scene { servers, standby, replication, program, lost, kept } = scene();
    let proxy = Relay::to(&servers.primary);
    let url = format!("postgres://doorward@{}/postgres", proxy.address());
    let node = Program::new().with("DOORWARD_DATABASE__URL", &url).serve();
    knows(&node, [&lost, &kept]);
    caught_up(&servers.primary, &standby);
    replication.fall_silent();
    // The node hears of changes from the primary, and what it looks up is looked up on the standby.
    proxy.lead_to(&standby);
    let connections = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                       where query in ('rollback', 'commit', 'notify doorward_events; commit')";
    assert!(number(&servers.primary, connections) > 0);
    let (last, revoked) = asks(&node.http, &lost, || {
        program.does(["token", "revoke", "1"]);
        let revoked = Instant::now();
        until(&node.http, &lost, 2 * BOUND_WHATEVER_FAILS, "UNAVAILABLE");
        revoked
    });
    let last = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(revoked)).as_millis();
    figure(&format!("a standby that lags is read from: last accepted {last} ms after the revocation"));
    assert!(last < BOUND.as_millis());
    // What has not changed is answered from memory meanwhile.
    assert_eq!(node.http.standing(&kept).unwrap(), "mia");
    replication.mend();
    until(&node.http, &lost, BACK_WITHIN, "TOKEN_REVOKED");
}
