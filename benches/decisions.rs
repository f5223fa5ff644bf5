//! What deciding costs inside the process: one decision over schemas of 100 to 100 000 coordinates, and what is done
//! once for a query that was never seen. Prints one JSON object; `bench/run` holds it to its bounds.

#![expect(clippy::print_stdout, reason = "its results go to stdout")]

use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Schema};
use doorward::config::Limits;
use doorward::graphql::{plan, schema};
use doorward::permission::{FirstSeen, Needs, Origins, PinnedGrant, Powers, Source, Surface, SurfaceSettings};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

/// Coordinates of one type of the made-up schemas: five fields, two of them with an argument, and three input fields.
const OF_A_TYPE: usize = 10;

/// A schema of about so many coordinates: types that lead to one another, as those of a shop would.
fn schema_of(coordinates: usize) -> Surface {
    let types = (coordinates / OF_A_TYPE).max(2);
    let mut sdl = String::from("type Query { first: T0 find(by: In0): T1 }\n");
    for number in 0..types {
        let next = (number + 1) % types;
        let _ = writeln!(
            sdl,
            "type T{number} {{ id: ID! name: String price(currency: String): Float next(by: In{next}): T{next} all: [T{next}!] }}
             input In{number} {{ id: ID name: String next: In{next} }}"
        );
    }
    let schema = Schema::parse_and_validate(sdl, "made-up.graphql").expect("a valid schema");
    Surface::new(schema, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new())
}

fn powers(surface: &Surface, grants: &[&str]) -> Powers {
    let pinned = |text: &&str| PinnedGrant { grant: surface.accept(text).expect("a grant"), as_of: 0 };
    surface.powers(surface.compile(&grants.iter().map(pinned).collect::<Vec<_>>(), false))
}

fn needs(surface: &Surface, text: &str) -> Needs {
    let document =
        ExecutableDocument::parse_and_validate(surface.schema(), text, "query.graphql").expect("it is valid");
    surface.needs(&document, document.operations.iter().next().expect("an operation"))
}

/// The median of nine rounds, in nanoseconds for each of `times`.
fn nanoseconds(times: u32, mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let began = Instant::now();
            (0..times).for_each(|_| work());
            began.elapsed().as_nanos() as f64 / f64::from(times)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

/// A query with fields of several types, an argument and a variable in it.
const QUERY: &str =
    "query ($by: In0) { first { id name price(currency: \"EUR\") next { id all { id name } } } find(by: $by) { id } }";

fn decisions(coordinates: usize) -> String {
    let surface = schema_of(coordinates);
    let there = surface.coordinates(&surface.everything()).count();
    let needs = needs(&surface, QUERY);
    let variables: JsonMap =
        serde_json::from_str(r#"{"by": {"id": "1", "next": {"name": "x"}}}"#).expect("the variables are JSON");
    let may = powers(&surface, &["Query.*", "*.*"]);
    // One input field is closed, so that the JSON of the variables has to be walked.
    let walks = powers(&surface, &["Query.*", "*.*", "!In1.id"]);
    let may_not = powers(&surface, &["Query.*", "*.*", "!T0.name"]);
    assert!(surface.allows(&needs, &may, &variables) && surface.allows(&needs, &walks, &variables));
    assert!(!surface.allows(&needs, &may_not, &variables));
    let decide = |powers: &Powers| {
        nanoseconds(100_000, || {
            black_box(surface.allows(black_box(&needs), black_box(powers), black_box(&variables)));
        })
    };
    let (allow, walk, refuse) = (decide(&may), decide(&walks), decide(&may_not));
    let said = nanoseconds(20, || {
        let _ = black_box(surface.judge(black_box(&needs), black_box(&may_not), black_box(&variables)));
    });
    format!(r#"{{"coordinates":{there},"allow_ns":{allow},"walk_ns":{walk},"refuse_ns":{refuse},"said_ns":{said}}}"#)
}

/// Parsing, validating and planning a query that was never seen, on Doorward's own schema.
fn first_seen() -> f64 {
    let types = schema::types(&schema::own());
    let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
    let text =
        "query Page($page: Paginator, $search: [Search!]) { me { username } users(paginator: $page, search: $search) {
        entities { id username email_address roles { id name applied_permissions } } page_info { total_count } } }";
    let limits = Limits::default();
    nanoseconds(500, || {
        assert!(black_box(plan::make(&surface, &limits, black_box(text), None)).is_ok());
    })
}

fn main() {
    let sizes: Vec<String> = [100, 1_000, 10_000, 100_000].into_iter().map(decisions).collect();
    println!(r#"{{"decisions":[{}],"first_seen_us":{}}}"#, sizes.join(","), first_seen() / 1_000.0);
}
