//! Each thing that ends a token refuses it alone, whatever the others say; and each path that ends one is in force with
//! its answer.

use serde_json::json;

use super::{DAY, ME};
use crate::app::{Client, Issued, TestApp};
use doorward::app::App;
use doorward::config::Config;
use doorward::storage::{Location, Subject, params};
use doorward::tokens::{self, Revocation};
use doorward::world::World;
use doorward::{guard, id::TokenId, sql, users};

/// What ends a token, or what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Revoked,
    Compromised,
    ParentRevokedWithDescendants,
    UserDisabled,
    RoleRemoved,
    Expired,
    PasswordChanged,
    SessionsEnded,
    EpochRaised,
}

const ENDS: [End; 9] = [
    End::Revoked,
    End::Compromised,
    End::ParentRevokedWithDescendants,
    End::UserDisabled,
    End::RoleRemoved,
    End::Expired,
    End::PasswordChanged,
    End::SessionsEnded,
    End::EpochRaised,
];

/// What will end a credential once its part exists: its pairs are open.
const OPEN: &[(&str, &str)] = &[
    ("a family of rotated refresh tokens ended", "sessions reuse their refresh token; families come with OAuth"),
    ("a client removed", "there is no OAuth yet"),
    ("revoked in bulk, by SCIM", "there is neither yet"),
];

#[test]
fn what_is_open_is_told() {
    OPEN.iter().for_each(|(what, why)| println!("open: {what}: {why}"));
    let is_served = |path: &str| doorward::app::ROUTES.iter().any(|route| route.path.starts_with(path));
    assert!(!is_served("/oauth") && !is_served("/scim"), "what ends a client or comes by SCIM belongs into the matrix");
}

const USERS: &str = "{ users { entities { id } } }";

/// A user with a role, a session, a token and its child; all of them may list the users.
struct Given<'a> {
    name: String,
    session: Client<'a>,
    parent: Issued,
    child: Issued,
}

async fn given<'a>(app: &'a TestApp, name: &str) -> Given<'a> {
    let session = app.person(name).await;
    let user = name.to_owned();
    app.database(move |tx| {
        let user = users::by_name(tx, &user)?.person.id;
        let role = doorward::roles::by_name(tx, "directory")?;
        doorward::roles::assign(tx, user, &role, doorward::world::Timestamp(0))?;
        tx.tell(Subject::User(user.0))
    })
    .await;
    let writing = json!({"name": "n", "role": "ROLE_READ_WRITE", "expires_in_days": 30});
    let parent = session.issue(writing.clone()).await;
    let child = app.bearer(&parent.secret).issue(writing).await;
    let given = Given { name: name.into(), session, parent, child };
    for secret in given.secrets() {
        assert_eq!(app.bearer(secret).gql(USERS).await.code(), "");
    }
    given
}

impl Given<'_> {
    fn secrets(&self) -> [&str; 3] {
        [self.session.secret(), &self.parent.secret, &self.child.secret]
    }
}

async fn bring(app: &TestApp, given: &Given<'_>, end: End) {
    let revoke = async |id: &str, with_descendants, compromised| {
        let asked = Revocation { with_descendants, compromised, reason: None };
        tokens::revoke(app.cx(), &app.operator(), TokenId(id.parse().unwrap()), asked).await.unwrap();
    };
    let name = given.name.clone();
    match end {
        End::Revoked => revoke(&given.child.id, false, false).await,
        End::Compromised => revoke(&given.child.id, false, true).await,
        End::ParentRevokedWithDescendants => revoke(&given.parent.id, true, false).await,
        End::UserDisabled => app.enable(&name, false).await,
        End::RoleRemoved => {
            app.database(move |tx| {
                let user = users::by_name(tx, &name)?.person.id;
                tx.execute(sql!("delete from user_roles where user_id = $1"), params![user])?;
                tx.tell(Subject::User(user.0))
            })
            .await;
        }
        End::Expired => app.later(30 * DAY),
        End::PasswordChanged => {
            let new = crate::app::PASSWORD.to_owned();
            users::set_password(app.cx(), &app.operator(), &name, new).await.unwrap();
        }
        End::SessionsEnded => {
            let answer =
                app.bearer(&app.sign_in_or_not(&name).await).gql("mutation { signOut(everywhere: true) }").await;
            drop(answer);
        }
        // As a restore does.
        End::EpochRaised => {
            app.database(move |tx| {
                tx.execute(sql!("update epoch set n = n + 1"), &[])?;
                tx.tell(Subject::Everything)
            })
            .await;
        }
    }
}

impl TestApp {
    /// An access token of a session of theirs; nothing, where they cannot sign in.
    async fn sign_in_or_not(&self, name: &str) -> String {
        let answer = self.try_sign_in(name, crate::app::PASSWORD).await.json();
        answer["data"]["signIn"]["accessToken"].as_str().unwrap_or_default().to_owned()
    }
}

/// What is asked with each credential must be refused: the session's, the parent's, the child's.
fn refused(ends: &[End]) -> [bool; 3] {
    let any = |those: &[End]| ends.iter().any(|end| those.contains(end));
    let everybody = any(&[End::UserDisabled, End::RoleRemoved]);
    [
        everybody || any(&[End::PasswordChanged, End::SessionsEnded, End::EpochRaised, End::Expired]),
        everybody || any(&[End::Expired, End::ParentRevokedWithDescendants]),
        everybody || any(&[End::Expired, End::ParentRevokedWithDescendants, End::Revoked, End::Compromised]),
    ]
}

/// Brings this end together with each other one and with itself, in this order and that, and looks at each credential.
async fn cells_with(app: &TestApp, first: End) -> usize {
    app.role("directory", &["Query.users", "UserConnection.*", "User.id"]).await;
    let mut cells = 0;
    for (number, second) in ENDS.into_iter().enumerate() {
        let given = given(app, &format!("user-{number}")).await;
        let ends = if number % 2 == 0 { [first, second] } else { [second, first] };
        for end in ends {
            bring(app, &given, end).await;
        }
        for (secret, wanted) in given.secrets().into_iter().zip(refused(&ends)) {
            cells += 1;
            let answer = app.bearer(secret).gql(USERS).await;
            assert_eq!(!answer.code().is_empty(), wanted, "{ends:?}: {answer}");
        }
    }
    cells
}

on_both! {
    async fn a_revoked_token_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::Revoked).await, 27);
    }

    async fn a_compromised_token_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::Compromised).await, 27);
    }

    async fn a_token_whose_parent_was_revoked_with_its_descendants_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::ParentRevokedWithDescendants).await, 27);
    }

    async fn a_token_of_a_disabled_user_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::UserDisabled).await, 27);
    }

    async fn a_token_whose_user_lost_the_role_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::RoleRemoved).await, 27);
    }

    async fn an_expired_token_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::Expired).await, 27);
    }

    async fn a_session_whose_user_has_another_password_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::PasswordChanged).await, 27);
    }

    async fn a_session_that_was_ended_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::SessionsEnded).await, 27);
    }

    async fn a_session_from_before_a_restore_is_refused_whatever_else_is_so(app: TestApp) {
        assert_eq!(cells_with(&app, End::EpochRaised).await, 27);
    }

    async fn each_path_that_ends_a_token_is_in_force_with_its_answer(app: TestApp) {
        app.role("directory", &["Query.users", "UserConnection.*", "User.id"]).await;
        let ada = app.admin().await;
        let mutation = |text: String| format!("mutation {{ {text} {{ status }} }}");
        let paths = [
            "revokePersonalAccessToken(id: PARENT, with_descendants: true)",
            "revokePersonalAccessToken(id: PARENT, compromised: true)",
            "revokePersonalAccessToken(id: CHILD)",
            "revokeAnyPersonalAccessToken(id: PARENT, with_descendants: true)",
            "revokeAnyPersonalAccessToken(id: PARENT, compromised: true, reason: \"leaked\")",
            "revokeAnyPersonalAccessToken(id: CHILD)",
        ];
        for (number, path) in paths.into_iter().enumerate() {
            let given = given(&app, &format!("user-{number}")).await;
            let document = mutation(path.replace("PARENT", &given.parent.id).replace("CHILD", &given.child.id));
            let by = if path.contains("Any") { &ada } else { &given.session };
            assert_eq!(given.session.gql(&document).await.code().is_empty(), !path.contains("Any"), "{path}: a member ends nobody else's");
            by.gql(&document).await.data();
            assert_eq!(app.bearer(&given.child.secret).gql(USERS).await.reason(), "TOKEN_REVOKED", "{path}");
            let parent_too = path.contains("PARENT");
            assert_eq!(!app.bearer(&given.parent.secret).gql(USERS).await.code().is_empty(), parent_too, "{path}");
        }
    }

    async fn a_user_who_is_back_has_those_tokens_back_that_were_not_revoked(app: TestApp) {
        app.role("directory", &["Query.users", "UserConnection.*", "User.id"]).await;
        let given = given(&app, "mia").await;
        bring(&app, &given, End::Revoked).await;
        bring(&app, &given, End::UserDisabled).await;
        for secret in given.secrets() {
            assert_eq!(app.bearer(secret).gql(ME).await.code(), "UNAUTHENTICATED");
        }
        app.enable("mia", true).await;
        assert_eq!(app.bearer(&given.child.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
        assert_eq!(app.bearer(&given.parent.secret).gql(ME).await.code(), "");
        assert_eq!(given.session.gql(ME).await.code(), "UNAUTHENTICATED", "sessions stay ended");
    }

    async fn thirty_two_clients_that_use_a_token_are_refused_from_the_answer_on(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let token = app.bearer(&parent.secret).issue(json!({"name": "n"})).await;
        let over = std::cell::Cell::new(false);
        let (accepted, late) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
        let client = app.bearer(&token.secret);
        let users = (0..32).map(|_| async {
            loop {
                let begun_after = over.get();
                let answer = client.gql(ME).await;
                if answer.code().is_empty() {
                    accepted.set(accepted.get() + 1);
                    late.set(late.get() + u32::from(begun_after));
                } else if begun_after {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        let revoking = async {
            while accepted.get() < 100 {
                tokio::task::yield_now().await;
            }
            mia.gql(&format!("mutation {{ revokePersonalAccessToken(id: {}, with_descendants: true) {{ status }} }}", parent.id)).await.data();
            over.set(true);
        };
        futures_util::future::join(futures_util::future::join_all(users), revoking).await;
        assert_eq!(late.get(), 0, "accepted after the answer");
    }
}

/// The command line beside a running server is another node.
#[test]
fn what_another_process_ends_is_refused_here_within_a_second() {
    crate::databases::run(async {
        for postgres in [false, true] {
            let database = if postgres {
                crate::databases::Database::postgres().await
            } else {
                crate::databases::Database::sqlite()
            };
            let mut config = Config::default();
            match database.location() {
                Location::Sqlite(path) => config.data_dir = path.parent().unwrap().to_owned(),
                Location::Postgres(url) => config.database.url = Some(url.clone()),
            }
            let app = TestApp::with(database, |_| {}).await;
            let beside = App::beside(config, World::fixed(crate::databases::START)).await.unwrap();
            let operator = guard::operator(&beside.cx(), "tests");
            let mia = app.member().await;
            for with_descendants in [false, true] {
                let parent = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
                let child = app.bearer(&parent.secret).issue(json!({"name": "n"})).await;
                let ends = if with_descendants { &parent } else { &child };
                app.bearer(&child.secret).gql(ME).await.data();
                let asked = Revocation { with_descendants, ..Revocation::default() };
                tokens::revoke(&beside.cx(), &operator, TokenId(ends.id.parse().unwrap()), asked).await.unwrap();
                let within = async {
                    while app.bearer(&child.secret).gql(ME).await.code().is_empty() {
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    }
                };
                tokio::time::timeout(std::time::Duration::from_secs(1), within).await.expect("within a second");
                assert_eq!(app.bearer(&child.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
            }
        }
    });
}
