//! `doorward schema pull` and `print` with an API behind, whose schema is a file.

use super::{Program, json};
use insta::assert_snapshot;
use std::fs;

const FIRST: &str = "
    type Query { order(id: ID!): Order orders(first: Int): [Order!]! search(query: String!): [Order!]! me: Customer }
    type Mutation { cancelOrder(id: ID!): Order }
    type Order { id: ID! number: String! total: Price customer: Customer }
    type Customer { id: ID! name: String email: String }
    type User { id: ID! name: String }
    type Price { amount: Float }";

pub(super) const NEXT: &str = "
    type Query { order(id: ID!): Order orders(first: Int, state: State): [Order!]! search(query: String!): [Order!]! me: Customer }
    type Mutation { cancelOrder(id: ID!): Order refund(id: ID!, reason: String!): Order }
    enum State { OPEN SHIPPED }
    type Order { id: ID! number: String! total: Money customer: Customer note: String }
    type Customer { id: ID! name: String }
    type User { id: ID! name: String }
    type Money { amount: Float }";

/// The flags that name the API.
pub(super) const API: &[&str] = &["--upstream", "http://127.0.0.1:9/graphql", "--upstream-sdl", "api.graphql"];

fn with_api(sdl: &str) -> Program {
    let program = Program::new();
    fs::write(program.directory().join("api.graphql"), sdl).unwrap();
    program
}

/// The API's schema is known, and a role and a token are held to parts of it.
pub(super) fn known() -> Program {
    let program = with_api(FIRST);
    program.does(["schema", "pull"].iter().chain(API));
    let grants = ["Query.orders", "Order.*", "Customer.email"].map(|grant| ["--permission", grant]).concat();
    program.does(["role", "create", "support"].iter().chain(&grants));
    program.does(["user", "add", "mia", "--role", "support"]);
    program.make_token("mia", &["--permission", "Query.*", "--permission", "Order.*", "--permission", "Order.number"]);
    program
}

pub(super) fn told(program: &Program, arguments: &[&str]) -> String {
    program.run([arguments, API].concat()).told()
}

#[test]
fn a_pull_says_what_it_took_in_and_what_is_special_in_it() {
    let program = with_api(FIRST);
    assert_snapshot!(told(&program, &["schema", "pull"]), @"
    exit 0
    out  the schema was taken in
    out  opened by name only, never by a pattern:
    out    Query.search
    out    Query.search(query:)
    out  note: the API has a type User too: Doorward's own is served as DoorwardUser
    out  note: the API has Query.me too: Doorward's own is reached at /doorward/graphql
    err  made a new database in doorward-data
    ");
    assert_snapshot!(told(&program, &["schema", "pull"]), @"
    exit 0
    out  the schema is as it was
    out  opened by name only, never by a pattern:
    out    Query.search
    out    Query.search(query:)
    out  note: the API has a type User too: Doorward's own is served as DoorwardUser
    out  note: the API has Query.me too: Doorward's own is reached at /doorward/graphql
    ");
    fs::write(program.directory().join("api.graphql"), NEXT).unwrap();
    assert_snapshot!(told(&program, &["schema", "pull"]), @"
    exit 0
    out  the schema was taken in: 3 breaking, 1 dangerous, 9 other changes
    out    BREAKING  FIELD_REMOVED  the field Customer.email is gone
    out    BREAKING  FIELD_TYPE_CHANGED  Order.total leads to another type: Money, where it was Price
    out    BREAKING  TYPE_REMOVED  Price, an object type, is gone
    out    DANGEROUS  FIELD_ARGUMENT_ADDED  Query.orders takes the argument state now, of the type State, which may be left out
    out    NON_BREAKING TYPE_ADDED  Money is new: an object type
    out    NON_BREAKING FIELD_ADDED  the field Money.amount is new, of the type Float
    out    NON_BREAKING FIELD_ADDED  the field Mutation.refund is new, of the type Order
    out    NON_BREAKING FIELD_ARGUMENT_ADDED  Mutation.refund takes the argument id now, of the type ID!, which has to be given
    out    NON_BREAKING FIELD_ARGUMENT_ADDED  Mutation.refund takes the argument reason now, of the type String!, which has to be given
    out    NON_BREAKING FIELD_ADDED  the field Order.note is new, of the type String
    out    NON_BREAKING TYPE_ADDED  State is new: an enum
    out    NON_BREAKING ENUM_VALUE_ADDED  the value State.OPEN is new
    out    NON_BREAKING ENUM_VALUE_ADDED  the value State.SHIPPED is new
    out  opened by name only, never by a pattern:
    out    Query.search
    out    Query.search(query:)
    out  note: the API has a type User too: Doorward's own is served as DoorwardUser
    out  note: the API has Query.me too: Doorward's own is reached at /doorward/graphql
    ");
    let again = json(&program, &[&["schema", "pull", "--json"], API].concat());
    assert_snapshot!(again, @r#"{"json_version":1,"is_new":false,"items":[],"by_name_only":["Query.search","Query.search(query:)"],"clashes":["the API has a type User too: Doorward's own is served as DoorwardUser","the API has Query.me too: Doorward's own is reached at /doorward/graphql"]}"#);
}

#[test]
fn a_pull_that_changes_something_is_json_too() {
    let program = known();
    fs::write(program.directory().join("api.graphql"), NEXT).unwrap();
    let pulled = json(&program, &[&["schema", "pull", "--json"], API].concat());
    assert_eq!(pulled["is_new"], true);
    assert_snapshot!(pulled["items"][0], @r#"{"criticality":"BREAKING","type":"FIELD_REMOVED","path":"Customer.email","message":"the field Customer.email is gone"}"#);
    assert_snapshot!(pulled["items"].as_array().unwrap().len(), @"13");
}

#[test]
fn a_pull_without_an_api_or_without_a_schema_is_a_refusal() {
    let program = with_api("type Query { order: Missing }");
    assert_snapshot!(program.run(["schema", "pull"]).told(), @"
    exit 1
    err  made a new database in doorward-data
    err  doorward: this command does not know where the API is: name it by --upstream URL or `upstream.url`
    ");
    assert_snapshot!(program.run(["schema", "diff", "--json"]).told(), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"BAD_USER_INPUT","message":"this command does not know where the API is: name it by --upstream URL or `upstream.url`","field":"upstream.url"}}
    "#);
    assert_snapshot!(told(&program, &["schema", "pull"]), @"
    exit 1
    err  doorward: the schema of the API behind cannot be had: api.graphql holds no schema that can be served: line 1: cannot find type `Missing` in this document
    ");
    assert_snapshot!(told(&program, &["schema", "diff"]), @"
    exit 1
    err  doorward: the schema of the API behind cannot be had: api.graphql holds no schema that can be served: line 1: cannot find type `Missing` in this document
    ");
    fs::write(program.directory().join("api.graphql"), FIRST).unwrap();
    assert_snapshot!(told(&program, &["schema", "diff"]), @"
    exit 0
    out  nothing is known of the API's schema yet: `doorward schema pull` takes it in
    ");
    let misspelt = with_api(FIRST).with("DOORWARD_GATEWAY__NEVER", "Mutation.cancelOrder,Mutation.cancelOrders");
    assert_snapshot!(told(&misspelt, &["schema", "pull"]), @"
    exit 1
    err  made a new database in doorward-data
    err  doorward: a setting of `gateway` names `Mutation.cancelOrders`, which is not in the schema: mend it, or leave it out
    ");
    let file = program.run(["schema", "pull", "--upstream-sdl", "api.graphql"]);
    assert_snapshot!(file.told(), @"
    exit 1
    err  doorward: `upstream.sdl` is set and `upstream.url` is not: say where the API is, or leave it out
    ");
    let away = program.run(["schema", "pull", "--upstream", "http://127.0.0.1:9/graphql", "--json"]);
    assert_snapshot!(away.told(), @r#"
    exit 1
    err  asking the API for its schema …
    err  {"json_version":1,"error":{"code":"UPSTREAM_UNAVAILABLE","message":"the schema of the API behind cannot be had: it cannot be reached: Connection refused (os error 111)"}}
    "#);
    let wrong = program.run(["schema", "pull", "--upstream", "ftp://api.example.com"]);
    assert_snapshot!(wrong.told(), @"
    exit 1
    err  doorward: `upstream.url` must be http://… or https://…, with no user name, fragment or white space in it, and with a port from 1 to 65535 if any
    ");
}

#[test]
fn the_schema_is_printed_with_the_apis_and_without() {
    let program = known();
    let whole = program.does(["schema", "print"]);
    assert!(
        whole.contains("\n  orders(") && whole.contains("type DoorwardUser") && whole.contains("type User "),
        "{whole}"
    );
    assert!(!whole.contains("DoorwardQuery"), "what stands there for grants alone is not served: {whole}");
    let own = program.does(["schema", "print", "--own"]);
    assert!(!own.contains("orders") && !own.contains("DoorwardUser"), "{own}");
    assert_snapshot!(program.run(["schema", "print", "--role", "support"]).told(), @"
    exit 0
    out  type Query {
    out    orders(first: Int): [Order!]!
    out  }
    out
    out  type Order {
    out    id: ID!
    out    number: String!
    out    customer: Customer
    out  }
    out
    out  type Customer {
    out    email: String
    out  }
    ");
    assert_snapshot!(program.run(["role", "show", "support"]).told(), @"
    exit 0
    out  id: 3
    out  name: support
    out  description: none
    out  built in: no
    out  applied permissions:
    out    Query.orders
    out    Order.*
    out    Customer.email
    out  follow new fields: no
    out  upstream name: none
    out  effective permission count: 7
    out  user count: 1
    out  created at: [date]
    out  updated at: [date]
    out  effective permissions:
    out    Customer.email
    out    Order.customer
    out    Order.id
    out    Order.number
    out    Order.total
    out    Query.orders
    out    Query.orders(first:)
    out  users:
    out    mia
    ");
}
