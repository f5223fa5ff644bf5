//! Who may do what with what: every root field and every route, for everyone, with every kind of credential. What
//! to expect follows from the small table in `rights`; each cell is asked for, and none may be allowed that the
//! table does not allow. A root field or a route that the table does not know fails the test.

mod cast;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::schema::ExtendedType;
use doorward::app::{Access, ROUTES};
use doorward::graphql::schema;

use crate::app::{Answer, TestApp};
use cast::{Cast, Person, Shown};
use rights::{Door, FIELDS, Field, Outcome, PATHS, Path};

/// People and credentials whose part does not exist yet: their cells are open.
const OPEN: &[(&str, &str)] = &[
    ("a person whose second factor is pending", "there is no second factor yet"),
    ("an OAuth access token, a client's secret", "there is no OAuth yet"),
];

/// What came of it.
fn outcome(answer: &Answer) -> Outcome {
    match (answer.status.as_u16(), answer.code().as_str()) {
        (401, "UNAUTHENTICATED") => Outcome::Unauthenticated(answer.reason()),
        (200, "FORBIDDEN") if answer.reason() == "SESSION_REQUIRED" => Outcome::SessionRequired,
        (200, "FORBIDDEN") if answer.json().get("data").is_none() && !answer.missing().is_empty() => Outcome::Forbidden,
        // Let in; what the feature then says of the arguments is its own affair.
        (200, "" | "BAD_USER_INPUT") => Outcome::Allowed,
        _ => Outcome::Else(format!("{} {}", answer.status, answer.text())),
    }
}

#[derive(Default)]
struct Tally {
    cells: BTreeMap<&'static str, usize>,
    allowed: usize,
    unexpected: Vec<String>,
}

impl Tally {
    fn hold(&mut self, part: &'static str, cell: &str, wanted: &Outcome, got: &Outcome) {
        *self.cells.entry(part).or_default() += 1;
        self.allowed += usize::from(*got == Outcome::Allowed);
        if wanted != got {
            self.unexpected.push(format!("{part} {cell}: {got:?} instead of {wanted:?}"));
        }
    }
}

async fn ask_field(cast: &Cast, field: &Field, person: Person, shown: Shown) -> Option<Outcome> {
    // Signing out ends the session that is presented: each cell has one to lose.
    let headers = if field.ends_the_session { cast.fresh(person, shown).await } else { cast.headers(person, shown) }?;
    let query = field.operation(cast.refresh(person));
    Some(outcome(&cast.post("/graphql", &headers, &query).await))
}

async fn ask_path(cast: &Cast, path: &Path, person: Person, shown: Shown) -> Option<Outcome> {
    let headers = cast.headers(person, shown)?;
    let answer = match path.door {
        Door::Graphql => cast.post(path.path, &headers, "{ me { username } }").await,
        Door::Text | Door::Public(_) | Door::Page(_) => cast.get(&path.path.replace("{id}", "999999"), &headers).await,
    };
    let location = answer.header("location").unwrap_or_default();
    Some(match path.door {
        Door::Page(_) => match answer.status.as_u16() {
            303 if location.starts_with("/sign-in") => Outcome::SignIn,
            403 => Outcome::Forbidden,
            // A form alone, or nothing of that number: let in.
            200 | 303 | 404 => Outcome::Allowed,
            _ => outcome(&answer),
        },
        Door::Public(status) if answer.status.as_u16() == status => Outcome::Allowed,
        _ => outcome(&answer),
    })
}

on_both! {
    async fn nobody_may_more_than_the_table_says(app: TestApp) {
        let cast = Cast::on(app).await;
        let mut tally = Tally::default();
        for person in Person::ALL {
            for shown in Shown::ALL {
                for path in PATHS {
                    if let Some(got) = ask_path(&cast, path, person, shown).await {
                        let cell = format!("{} {person:?} {shown:?}", path.path);
                        tally.hold("route", &cell, &rights::of_path(path, person, shown), &got);
                    }
                }
                for field in FIELDS {
                    if let Some(got) = ask_field(&cast, field, person, shown).await {
                        let cell = format!("{} {person:?} {shown:?}", field.name);
                        tally.hold("root field", &cell, &rights::of_field(field, person, shown), &got);
                    }
                }
            }
        }
        let cells: usize = tally.cells.values().sum();
        println!("{cells} cells {:?}, {} allowed, {} unexpected", tally.cells, tally.allowed, tally.unexpected.len());
        OPEN.iter().for_each(|(what, why)| println!("open: {what}: {why}"));
        assert!(tally.unexpected.is_empty(), "{}", tally.unexpected.join("\n"));
        let combinations = cast.combinations();
        assert_eq!(cells, combinations * (FIELDS.len() + PATHS.len()), "every cell was asked for");
        assert_eq!(combinations, 55);
    }
}

#[test]
fn the_table_knows_every_root_field() {
    let types = schema::types(&schema::own());
    let mut there: BTreeSet<String> = ["Query.__schema", "Query.__type", "Query.__typename"].map(str::to_owned).into();
    for root in ["Query", "Mutation", "Subscription"] {
        if let Some(ExtendedType::Object(object)) = types.types.get(root) {
            there.extend(object.fields.keys().map(|field| format!("{root}.{field}")));
        }
    }
    let known: BTreeSet<String> = FIELDS.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(known, there, "the table of the matrix and the root fields of the schema");
}

#[test]
fn the_table_knows_every_route() {
    let there: BTreeMap<&str, bool> =
        ROUTES.iter().map(|route| (route.path, matches!(route.access, Access::Public(_)))).collect();
    let known: BTreeMap<&str, bool> =
        PATHS.iter().map(|path| (path.path, matches!(path.door, Door::Public(_)))).collect();
    assert_eq!(known, there, "the table of the matrix and the routes of the app, and which are public");
}
