//! `doorward schema diff` and `accept`: what of an API's schema has changed, whom that concerns, and what waits.

use super::api::{API, NEXT, known, told};
use super::json;
use insta::assert_snapshot;
use std::fs;

#[test]
fn a_diff_says_whom_the_changes_concern_and_takes_nothing_in() {
    let program = known();
    assert_snapshot!(told(&program, &["schema", "diff"]), @"
    exit 0
    out  the API's schema is as it is known
    ");
    fs::write(program.directory().join("api.graphql"), NEXT).unwrap();
    let first = told(&program, &["schema", "diff"]);
    assert_snapshot!(first, @"
    exit 0
    out  3 breaking, 1 dangerous, 9 other changes
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
    out  it concerns these grants:
    out    removed Customer.email, covered by Customer.email of role support
    out    changed Order.total, covered by Order.* of role support
    out    changed Order.total, covered by Order.* of token 1 (a script)
    out    added Order.note, covered by Order.* of role support
    out    added Query.orders(state:), covered by Query.orders of role support
    out    added Order.note, covered by Order.* of token 1 (a script)
    out    added Query.orders(state:), covered by Query.* of token 1 (a script)
    ");
    assert_eq!(told(&program, &["schema", "diff"]), first);
    let diff = json(&program, &[&["schema", "diff", "--json"], API].concat());
    let (items, concerns) = (diff["items"].as_array().unwrap(), diff["concerns"].as_array().unwrap());
    assert_eq!((items.len(), concerns.len(), &diff["waiting"]), (13, 7, &serde_json::json!([])));
    assert_snapshot!(concerns[0], @r#"{"coordinate":"Customer.email","change":"removed","grant":"Customer.email","role":"support"}"#);
    assert_snapshot!(concerns[6], @r#"{"coordinate":"Query.orders(state:)","change":"added","grant":"Query.*","token":"1"}"#);
}

#[test]
fn what_a_pull_brought_waits_until_it_is_accepted() {
    let program = known();
    fs::write(program.directory().join("api.graphql"), NEXT).unwrap();
    program.does(["schema", "pull"].iter().chain(API));
    fs::write(program.directory().join("note.graphql"), "{ orders { note } }").unwrap();
    let can = || program.run(["can", "--user", "mia", "--operation", "note.graphql"]).told();
    assert_snapshot!(can(), @"
    exit 1
    out  not allowed; missing: Order.note
    ");
    assert_snapshot!(told(&program, &["schema", "diff"]), @"
    exit 0
    out  the API's schema is as it is known
    out  closed to grants from before, until `doorward schema accept`:
    out    Money.amount
    out    Mutation.refund
    out    Mutation.refund(id:)
    out    Mutation.refund(reason:)
    out    Order.note
    out    Order.total
    out    Query.orders(state:)
    out  accepting it would open it to these grants:
    out    waiting Order.note, covered by Order.* of role support
    out    waiting Order.total, covered by Order.* of role support
    out    waiting Query.orders(state:), covered by Query.orders of role support
    out    waiting Order.note, covered by Order.* of token 1 (a script)
    out    waiting Order.total, covered by Order.* of token 1 (a script)
    out    waiting Query.orders(state:), covered by Query.* of token 1 (a script)
    ");
    assert_snapshot!(program.run(["schema", "accept", "Order.note", "Query.order"]).told(), @"
    exit 0
    out  Order.note
    ");
    assert_snapshot!(can(), @"
    exit 0
    out  allowed
    out  Order.note  by  Order.*  of role support
    out  Query.orders  by  Query.orders  of role support
    ");
    assert_snapshot!(program.run(["schema", "accept", "Order.nota"]).told(), @r#"
    exit 1
    err  doorward: "Order.nota": Order has no field nota; the nearest is Order.note
    "#);
    assert_snapshot!(program.run(["schema", "accept", "--all", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"accepted":["Money.amount","Mutation.refund","Mutation.refund(id:)","Mutation.refund(reason:)","Order.total","Query.orders(state:)"]}
    "#);
    assert_snapshot!(program.run(["schema", "accept", "--all"]).told(), @"
    exit 0
    out  there was nothing new
    ");
    assert_snapshot!(told(&program, &["schema", "diff", "--json"]), @r#"
    exit 0
    out  {"json_version":1,"is_known":true,"items":[],"concerns":[],"waiting":[],"waiting_for":[]}
    "#);
}
