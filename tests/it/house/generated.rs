//! What is committed although the program could print it is what the program prints.

use doorward::graphql::schema;
use doorward::permission::{FirstSeen, Origins, Source, Surface, SurfaceSettings};
use doorward::roles;

#[test]
fn the_committed_schema_is_ours() {
    let committed = include_str!("../../../schema.graphql");
    assert!(schema::sdl() == committed, "schema.graphql is not what the program prints: run `make schema`");
}

#[test]
fn every_permission_we_ship_names_a_real_field() {
    let types = schema::types(&schema::own());
    let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
    for pinned in roles::member_grants().into_iter().chain(roles::sign_in_grants()) {
        let text = pinned.grant.to_string();
        assert!(surface.accept(&text).is_ok(), "{text} is not in schema.graphql");
    }
    let spelt = roles::Preset::ALL.into_iter().flat_map(roles::Preset::spelt);
    for text in spelt.filter(|text| !text.starts_with("api:")) {
        assert!(surface.accept(text).is_ok(), "{text} is not in schema.graphql");
    }
}
