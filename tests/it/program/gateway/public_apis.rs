//! Large APIs that everybody knows, by the schemas that their makers publish. Nobody is asked: `--upstream-sdl` is all
//! that Doorward needs to show a token its part.

use super::{file, runs, shown_by_graphiql};
use crate::program::{Program, figure};
use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Object types and their fields with arguments, as one reads them.
type Fields = BTreeMap<String, Vec<String>>;

/// What a token for a few permissions is shown by GraphiQL of the API with this schema.
fn shown(name: &str, sdl: &Path, permissions: &[&str]) -> Fields {
    let sdl = sdl.to_str().expect("the path is UTF-8");
    // Nobody listens there.
    let upstream = "http://127.0.0.1:9/graphql";
    let program = Program::new().with("DOORWARD_UPSTREAM__URL", upstream).with("DOORWARD_UPSTREAM__SDL", sdl);
    let begun = Instant::now();
    let server = program.serve_with(&["--upstream", upstream, "--upstream-sdl", sdl]);
    figure(&format!("serve before {name}: ready after {} ms", begun.elapsed().as_millis()));
    let grants = || permissions.iter().flat_map(|permission| ["--permission", permission]);
    program.does(["role", "create", "some"].into_iter().chain(grants()));
    program.add_user("nora", &["--role", "some"]);
    let token = program.make_token("nora", &["--access", "read-write"].into_iter().chain(grants()).collect::<Vec<_>>());
    let begun = Instant::now();
    let shown = shown_by_graphiql(&server, &token);
    figure(&format!("GraphiQL before {name}: {} ms, node's start in it", begun.elapsed().as_millis()));
    fields(&shown)
}

fn fields(sdl: &str) -> Fields {
    let schema = Schema::parse_and_validate(sdl, "shown.graphql").expect("what is shown is valid");
    let objects = schema.types.iter().filter_map(|(name, is)| match is {
        ExtendedType::Object(object) if !name.starts_with("__") => Some((name.to_string(), object)),
        _ => None,
    });
    let written = |field: &apollo_compiler::ast::FieldDefinition| {
        let arguments: Vec<&str> = field.arguments.iter().map(|argument| argument.name.as_str()).collect();
        format!("{}({}): {}", field.name, arguments.join(", "), field.ty)
    };
    objects.map(|(name, object)| (name, object.fields.values().map(|field| written(field)).collect())).collect()
}

/// `Type: [field, …]` for each.
fn expected(types: &[(&str, &[&str])]) -> Fields {
    types.iter().map(|(name, fields)| ((*name).into(), fields.iter().map(|field| (*field).into()).collect())).collect()
}

/// An API that ships as introspection only, as SDL.
fn as_sdl(name: &str) -> tempfile::NamedTempFile {
    let written = tempfile::Builder::new().suffix(".graphql").tempfile().expect("a file for a while");
    std::fs::write(written.path(), runs("sdl.mjs", &[name], &[])).expect("it can be written");
    written
}

#[test]
fn a_token_for_a_few_fields_of_githubs_api_is_shown_exactly_these() {
    let sdl = file("node_modules/@octokit/graphql-schema/schema.graphql");
    let permissions = ["Query.viewer", "User.login", "Query.repository(owner:)", "Query.repository(name:)"];
    let more = ["Repository.nameWithOwner", "Repository.owner", "Repository.stargazerCount"];
    let shown = shown("GitHub's API", &sdl, &[permissions.as_slice(), &more].concat());
    let repository = ["nameWithOwner(): String!", "owner(): RepositoryOwner!", "stargazerCount(): Int!"];
    let expected = expected(&[
        ("Query", &["repository(name, owner): Repository", "viewer(): User!"]),
        ("Repository", &repository),
        ("User", &["login(): String!"]),
    ]);
    assert_eq!(shown, expected);
}

#[test]
fn a_token_for_a_few_fields_of_shopifys_storefront_is_shown_exactly_these() {
    let sdl = as_sdl("storefront");
    let permissions = ["Query.shop", "Shop.name", "Mutation.cartCreate(input:)", "CartCreatePayload.cart", "Cart.id"];
    let shown = shown("Shopify's storefront", sdl.path(), &permissions);
    let expected = expected(&[
        ("Query", &["shop(): Shop!"]),
        ("Shop", &["name(): String!"]),
        ("Mutation", &["cartCreate(input): CartCreatePayload"]),
        ("CartCreatePayload", &["cart(): Cart"]),
        ("Cart", &["id(): ID!"]),
    ]);
    assert_eq!(shown, expected);
}

#[test]
fn a_token_for_a_few_fields_of_shopifys_customer_accounts_is_shown_exactly_these() {
    let sdl = as_sdl("customer-account");
    let shown = shown("Shopify's customer accounts", sdl.path(), &["Query.customer", "Customer.displayName"]);
    let expected = [("Query", &["customer(): Customer!"] as &[_]), ("Customer", &["displayName(): String!"])];
    assert_eq!(shown, self::expected(&expected));
}

#[test]
fn a_token_for_a_few_fields_of_nauticals_api_is_shown_exactly_these() {
    let sdl = file("node_modules/@nautical-commerce/graphql-schema/nautical/schema.graphql");
    // It has a `me` of its own, and a `User`.
    let shown = shown("Nautical's API", &sdl, &["Query.shop", "Shop.name", "Query.me", "User.email"]);
    let expected = expected(&[
        ("Query", &["me(): User", "shop(): Shop!"]),
        ("Shop", &["name(): String!"]),
        ("User", &["email(): String!"]),
    ]);
    assert_eq!(shown, expected);
}
