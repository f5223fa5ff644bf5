//! Too many wrong passwords.

use super::{MEDIA, Stage, check};
use crate::app::{PASSWORD, TestApp};
use crate::refusals::table::{Row, Who};

on_both! {
    async fn too_many_tries_are_sent_away_to_come_again(app: TestApp) {
        let stage = Stage::on(app).await;
        let sign_in = |name: &str, password: &str| format!("mutation {{ signIn(credentials: {{ userName: \"{name}\", password: \"{password}\" }}) {{ expiresIn }} }}");
        let prove = |password: &str| format!("mutation {{ proveSession(password: \"{password}\") }}");
        let change = format!("mutation {{ changePassword(current_password: \"x\", new_password: \"{PASSWORD}\") }}");
        for _ in 0..10 {
            for (who, query) in [(Who::Nobody, sign_in("mia", "x")), (Who::Nobody, sign_in("nobody", "x")), (Who::Session, prove("x"))] {
                let row = Row { code: "INVALID_CREDENTIALS", ran: true, ..Row::new("a wrong password", who, &query) };
                check(&row, MEDIA[0], &stage.ask(&row, MEDIA[0]).await);
            }
        }
        let rows = [
            (Who::Nobody, sign_in("mia", "x")),
            (Who::Nobody, sign_in("mia", PASSWORD)),
            (Who::Nobody, sign_in("nobody", "x")),
            (Who::Writer, sign_in("mia", "x")),
            (Who::Session, prove("x")),
            (Who::Session, prove(PASSWORD)),
            (Who::Session, change),
        ];
        for (who, query) in rows {
            for media in MEDIA {
                let row = Row {
                    status: (429, 429),
                    code: "TOO_MANY_REQUESTS",
                    headers: &[("retry-after", "90")],
                    says: "too many wrong passwords: try again in 90 seconds",
                    ran: true,
                    ..Row::new("too many tries", who, &query)
                };
                check(&row, media, &stage.ask(&row, media).await);
            }
        }
        for media in MEDIA {
            let row = Row::new("the session goes on", Who::Session, "{ me { username } }");
            assert_eq!(stage.ask(&row, media).await.code(), "");
        }
    }
}
