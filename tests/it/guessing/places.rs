//! By address and by network, whoever is tried.

use super::*;
use crate::databases::Database;
use doorward::config::Config;

/// Low limits: each wrong try takes its time.
fn low(config: &mut Config) {
    config.throttle.address_tries = 4;
    config.throttle.network_tries = 6;
}

/// One wrong try at each of so many names.
async fn spray(app: &TestApp, from: &str, names: std::ops::Range<usize>) -> usize {
    let mut codes = Vec::new();
    for name in names {
        codes.extend(guess(app, from, &format!("name-{name}"), 1).await);
    }
    looked_at(&codes)
}

on_both! {
    async fn eight_names_from_one_address_in_a_minute_are_left_alone(app: TestApp) {
        assert_eq!(looked_at(&guess(&app, "192.0.2.1", "mia", 60).await), 10);
        assert_eq!(spray(&app, "192.0.2.1", 0..8).await, 8);
    }

    async fn one_address_tries_so_many_names_and_its_network_some_more(database: Database) {
        let app = TestApp::with(database, low).await;
        assert_eq!(spray(&app, "192.0.2.1", 0..6).await, 4);
        let answer = sign_in(&app, "192.0.2.1", "another", "wrong").await;
        insta::assert_snapshot!(sent_away(&answer), @"429 TOO_MANY_REQUESTS 225: too many wrong passwords: try again in 4 minutes; open sessions and tokens go on working");
        assert_eq!(spray(&app, "192.0.2.2", 10..14).await, 2, "another of the same /24");
        assert_eq!(spray(&app, "192.0.3.1", 20..24).await, 4, "another network");
        assert_eq!(spray(&app, "", 30..36).await, 6, "from where is not known: by the account alone");
        app.later(225);
        assert_eq!(spray(&app, "192.0.2.1", 40..42).await, 1);
    }

    async fn an_ipv6_address_counts_as_its_64_and_its_48(database: Database) {
        let app = TestApp::with(database, low).await;
        let mut looked = 0;
        for host in 1..=6 {
            looked += spray(&app, &format!("2001:db8:1:1::{host}"), host * 10..host * 10 + 1).await;
        }
        assert_eq!(looked, 4, "all of them are one");
        assert_eq!(spray(&app, "2001:db8:1:2::1", 100..104).await, 2);
        assert_eq!(spray(&app, "2001:db8:2:1::1", 110..114).await, 4);
        assert_eq!(spray(&app, "::ffff:192.0.2.1", 120..123).await + spray(&app, "192.0.2.1", 130..133).await, 4);
    }
}
