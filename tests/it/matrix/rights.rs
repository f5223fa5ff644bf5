//! The table: what each root field and each route asks for, and what follows from it for a cell.

use super::cast::{Person, Shown};

/// What a cell comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    Forbidden,
    /// With its reason.
    Unauthenticated(String),
    /// Let in, and told that this takes a session.
    SessionRequired,
    /// Led to the sign-in.
    SignIn,
    /// None of these: never expected.
    Else(String),
}

/// Who holds a root field, apart from super administrators, who hold every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Strangers too, with whatever credential.
    Anyone,
    /// Every user.
    Member,
    /// Those whose role names it.
    Role,
    /// No role of the cast.
    Admin,
    /// Whoever has a live credential: it needs no grant.
    Live,
}

/// One root field.
pub struct Field {
    pub name: &'static str,
    pub holder: Holder,
    /// Whether the narrowed tokens of the cast are narrowed to it.
    pub narrowed: bool,
    /// The field with its arguments and selection; `REFRESH` stands for a refresh token.
    pub text: &'static str,
    /// Whether it ends the session that asks.
    pub ends_the_session: bool,
    /// Whether it refuses a token, however much that may.
    pub by_session: bool,
}

impl Field {
    pub fn operation(&self, refresh: &str) -> String {
        let kind = if self.is_mutation() { "mutation" } else { "query" };
        format!("{kind} {{ {} }}", self.text.replace("REFRESH", refresh))
    }

    fn is_mutation(&self) -> bool {
        self.name.starts_with("Mutation.")
    }
}

const fn field(name: &'static str, holder: Holder, text: &'static str) -> Field {
    Field { name, holder, narrowed: false, text, ends_the_session: false, by_session: false }
}

const fn narrowed(name: &'static str, holder: Holder, text: &'static str) -> Field {
    Field { narrowed: true, ..field(name, holder, text) }
}

const fn by_session(name: &'static str, holder: Holder, text: &'static str) -> Field {
    Field { by_session: true, ..field(name, holder, text) }
}

/// Every root field.
pub const FIELDS: &[Field] = &[
    narrowed("Query.me", Holder::Member, "me { username }"),
    field("Query.users", Holder::Role, "users { entities { id } }"),
    field("Query.roles", Holder::Admin, "roles { entities { id } }"),
    field("Query.personal_access_tokens", Holder::Member, "personal_access_tokens { entities { id } }"),
    field("Query.viewPersonalAccessTokens", Holder::Member, "viewPersonalAccessTokens { id }"),
    field("Query.current_personal_access_token", Holder::Member, "current_personal_access_token { id }"),
    field("Query.all_personal_access_tokens", Holder::Admin, "all_personal_access_tokens { entities { id } }"),
    field("Query.sessions", Holder::Member, "sessions { id }"),
    field("Query.audit_events", Holder::Admin, "audit_events { entities { id } }"),
    field("Query.permissions", Holder::Member, "permissions { entities { coordinate } }"),
    field("Query.__schema", Holder::Live, "__schema { queryType { name } }"),
    field("Query.__type", Holder::Live, "__type(name: \"Query\") { name }"),
    field("Query.__typename", Holder::Live, "__typename"),
    field(
        "Mutation.signIn",
        Holder::Anyone,
        "signIn(credentials: { userName: \"mia\", password: \"otter-lantern-fjord-9\" }) { expiresIn }",
    ),
    field("Mutation.signInRefresh", Holder::Anyone, "signInRefresh(refreshToken: \"REFRESH\") { expiresIn }"),
    narrowed("Mutation.createPersonalAccessToken", Holder::Member, "createPersonalAccessToken(name: \"made\")"),
    field(
        "Mutation.issuePersonalAccessToken",
        Holder::Member,
        "issuePersonalAccessToken(input: { name: \"made\" }) { token }",
    ),
    field(
        "Mutation.updatePersonalAccessToken",
        Holder::Member,
        "updatePersonalAccessToken(id: 999999, input: { name: \"changed\" }) { id }",
    ),
    field("Mutation.rotatePersonalAccessToken", Holder::Member, "rotatePersonalAccessToken(id: 999999) { token }"),
    by_session("Mutation.confirmPersonalAccessToken", Holder::Member, "confirmPersonalAccessToken(id: 999999) { id }"),
    field("Mutation.revokeAnyPersonalAccessToken", Holder::Admin, "revokeAnyPersonalAccessToken(id: 999999) { id }"),
    field("Mutation.revokePersonalAccessToken", Holder::Member, "revokePersonalAccessToken(id: 999999) { id }"),
    field("Mutation.acceptSchemaCoordinates", Holder::Admin, "acceptSchemaCoordinates(coordinates: [])"),
    Field { ends_the_session: true, ..field("Mutation.signOut", Holder::Member, "signOut") },
    by_session("Mutation.proveSession", Holder::Member, "proveSession"),
    by_session(
        "Mutation.changePassword",
        Holder::Member,
        "changePassword(current_password: \"x\", new_password: \"too short\")",
    ),
    field("Mutation.updateMe", Holder::Member, "updateMe(input: {}) { id }"),
    field("Mutation.createUser", Holder::Admin, "createUser(input: { username: \"\" }) { id }"),
    field("Mutation.updateUser", Holder::Admin, "updateUser(id: 999999, input: {}) { id }"),
    field("Mutation.createPasswordLink", Holder::Admin, "createPasswordLink(id: 999999) { url }"),
    field("Mutation.disableUser", Holder::Admin, "disableUser(id: 999999) { id }"),
    field("Mutation.enableUser", Holder::Admin, "enableUser(id: 999999) { id }"),
    field("Mutation.createRole", Holder::Admin, "createRole(input: { name: \"\" }) { id }"),
    field("Mutation.updateRole", Holder::Admin, "updateRole(id: 999999, input: {}) { id }"),
    field("Mutation.deleteRole", Holder::Admin, "deleteRole(id: 999999)"),
];

/// What the narrowed tokens of the cast are narrowed to.
pub const NARROWING: [&str; 4] = ["Query.me", "Me.id", "Me.username", "Mutation.createPersonalAccessToken"];

/// What answers at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// GraphQL; asked for `me`.
    Graphql,
    /// The schema as text.
    Text,
    /// A page of the console, for those who hold this; looked at, without sending its form.
    Page(Holder),
    /// Open to everyone, with this status for whoever comes without more.
    Public(u16),
}

/// One route.
pub struct Path {
    pub path: &'static str,
    pub door: Door,
}

const fn path(path: &'static str, door: Door) -> Path {
    Path { path, door }
}

/// Every route.
pub const PATHS: &[Path] = &[
    path("/graphql", Door::Graphql),
    path("/graphql/", Door::Graphql),
    path("/api/graphql", Door::Graphql),
    path("/api/graphql/", Door::Graphql),
    path("/doorward/graphql", Door::Graphql),
    path("/schema.graphql", Door::Text),
    path("/healthz", Door::Public(200)),
    path("/readyz", Door::Public(200)),
    // On to the tokens or to the sign-in.
    path("/", Door::Public(303)),
    // Built without it, or with it.
    path("/graphiql", Door::Public(if doorward::console::HAS_IDE { 200 } else { 404 })),
    path("/graphiql/start", Door::Public(200)),
    // Takes a POST alone.
    path("/graphiql/snippets", Door::Public(405)),
    path("/assets/{folder}/{name}", Door::Public(404)),
    path("/sign-in", Door::Public(200)),
    // There is an administrator, so no link holds.
    path("/setup", Door::Public(403)),
    path("/setup/api", Door::Page(Holder::Member)),
    // Without a code that holds.
    path("/set-password", Door::Public(403)),
    path("/sign-out", Door::Page(Holder::Member)),
    path("/me", Door::Page(Holder::Member)),
    path("/me/names", Door::Page(Holder::Member)),
    path("/me/email", Door::Page(Holder::Member)),
    path("/me/password", Door::Page(Holder::Member)),
    path("/me/sessions/end", Door::Page(Holder::Member)),
    path("/tokens", Door::Page(Holder::Member)),
    path("/tokens/new", Door::Page(Holder::Member)),
    path("/tokens/new/query", Door::Page(Holder::Member)),
    path("/tokens/collection", Door::Page(Holder::Member)),
    path("/tokens/{id}", Door::Page(Holder::Member)),
    path("/tokens/{id}/seen", Door::Page(Holder::Member)),
    path("/tokens/{id}/edit", Door::Page(Holder::Member)),
    path("/tokens/{id}/rotate", Door::Page(Holder::Member)),
    path("/tokens/{id}/confirm", Door::Page(Holder::Member)),
    path("/tokens/{id}/revoke", Door::Page(Holder::Member)),
    path("/users", Door::Page(Holder::Role)),
    path("/users.csv", Door::Page(Holder::Role)),
    path("/users.json", Door::Page(Holder::Role)),
    path("/users/new", Door::Page(Holder::Admin)),
    path("/users/{id}", Door::Page(Holder::Role)),
    path("/users/{id}/edit", Door::Page(Holder::Admin)),
    path("/users/{id}/roles", Door::Page(Holder::Admin)),
    path("/users/{id}/password", Door::Page(Holder::Admin)),
    path("/users/{id}/disable", Door::Page(Holder::Admin)),
    // A form alone: looked at, it is nothing.
    path("/users/{id}/enable", Door::Page(Holder::Member)),
    path("/roles", Door::Page(Holder::Admin)),
    path("/roles/new", Door::Page(Holder::Admin)),
    path("/roles/{id}", Door::Page(Holder::Admin)),
    path("/roles/{id}/review", Door::Page(Holder::Member)),
    path("/roles/{id}/delete", Door::Page(Holder::Admin)),
    path("/audit", Door::Page(Holder::Admin)),
    path("/audit.csv", Door::Page(Holder::Admin)),
    path("/audit.json", Door::Page(Holder::Admin)),
    path("/schema", Door::Page(Holder::Member)),
    path("/schema/accept", Door::Page(Holder::Admin)),
    path("/schema/download", Door::Page(Holder::Member)),
    path("/schema/tree", Door::Page(Holder::Member)),
];

/// What a cell of root fields must come to.
pub fn of_field(field: &Field, person: Person, shown: Shown) -> Outcome {
    if field.holder == Holder::Anyone {
        return Outcome::Allowed;
    }
    if let Some(reason) = refused(person, shown) {
        return Outcome::Unauthenticated(reason.into());
    }
    let held = match field.holder {
        Holder::Live => return Outcome::Allowed,
        holder => holds(holder, person),
    };
    let left = match shown {
        Shown::Reader => !field.is_mutation(),
        Shown::Narrowed => field.narrowed,
        _ => true,
    };
    match held && left {
        true if field.by_session && !matches!(shown, Shown::Access | Shown::Cookie) => Outcome::SessionRequired,
        true => Outcome::Allowed,
        false => Outcome::Forbidden,
    }
}

/// What a cell of routes must come to.
pub fn of_path(path: &Path, person: Person, shown: Shown) -> Outcome {
    match (path.door, refused(person, shown)) {
        // The console knows no other credential than its cookie, and pays headers no heed.
        (Door::Page(holder), _) => match (person, shown) {
            (Person::Disabled | Person::Nobody, _) => Outcome::SignIn,
            (_, Shown::Cookie | Shown::CookieAndUnknown) if holds(holder, person) => Outcome::Allowed,
            (_, Shown::Cookie | Shown::CookieAndUnknown) => Outcome::Forbidden,
            _ => Outcome::SignIn,
        },
        // A cookie counts for a POST alone.
        (Door::Text, _) if shown == Shown::Cookie => Outcome::Unauthenticated("TOKEN_MISSING".into()),
        (Door::Public(_), _) | (_, None) => Outcome::Allowed,
        (Door::Graphql | Door::Text, Some(reason)) => Outcome::Unauthenticated(reason.into()),
    }
}

fn holds(holder: Holder, person: Person) -> bool {
    match holder {
        Holder::Anyone | Holder::Member | Holder::Live => true,
        Holder::Role => matches!(person, Person::WithRole | Person::Admin),
        Holder::Admin => person == Person::Admin,
    }
}

/// Why a credential does not hold; `None`: it does.
fn refused(person: Person, shown: Shown) -> Option<&'static str> {
    match shown {
        Shown::Nothing | Shown::TwoCredentials => Some("TOKEN_MISSING"),
        Shown::Malformed | Shown::Unknown | Shown::Refresh | Shown::CookieAndUnknown => Some("TOKEN_UNKNOWN"),
        Shown::Expired => Some("TOKEN_EXPIRED"),
        Shown::Revoked => Some("TOKEN_REVOKED"),
        _ if person == Person::Disabled => Some("USER_DISABLED"),
        Shown::Access | Shown::Reader | Shown::Writer | Shown::Narrowed | Shown::Cookie => None,
    }
}
