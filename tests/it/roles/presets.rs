//! What the presets open.

use super::*;
use apollo_compiler::Schema;
use doorward::permission::{FirstSeen, Origins, PinnedGrant, Source, Surface, SurfaceSettings};
use doorward::roles::{NewRole, Preset, create};

/// Somebody with a role begun from this.
async fn with<'a>(app: &'a TestApp, preset: Preset, name: &str) -> Client<'a> {
    let new_role =
        NewRole { name: preset.name().into(), permissions: preset.grants(&app.cx().surface), ..NewRole::default() };
    create(app.cx(), &app.operator(), new_role).await.unwrap();
    app.add(NewUser { roles: vec![preset.name().into()], ..new(name) }).await;
    app.person(name).await
}

on_both! {
    async fn who_reads_only_sees_everything_and_changes_what_is_their_own(app: TestApp) {
        app.admin().await;
        for (preset, name) in [(Preset::ReadOnly, "rea"), (Preset::ReadWrite, "wri")] {
            let who = with(&app, preset, name).await;
            who.gql("{ users { entities { email_address roles { applied_permissions } } } all_personal_access_tokens { entities { id } } }").await.data();
            who.gql("mutation { updateMe(input: { name: \"x\" }) { id } }").await.data();
            for refused in ["mutation { createRole(input: { name: \"x\" }) { id } }", "mutation { disableUser(id: 1) { id } }"] {
                assert_eq!(who.gql(refused).await.code(), "FORBIDDEN", "{name}: {refused}");
            }
        }
    }

    async fn an_administrator_by_preset_looks_after_people_and_is_no_super_administrator(app: TestApp) {
        app.admin().await;
        let ben = with(&app, Preset::Administrator, "ben").await;
        let made = ben.gql("mutation { createRole(input: { name: \"names\", applied_permissions: [\"Query.users\", \"UserConnection.*\", \"User.username\"] }) { id } }").await.data();
        let id = made["createRole"]["id"].as_str().unwrap();
        ben.gql(&format!("mutation {{ createUser(input: {{ username: \"nils\", role_ids: [\"{id}\"] }}) {{ id }} }}")).await.data();
        ben.gql("mutation { updateUser(id: 3, input: { email_address: \"nils@example.com\" }) { id } }").await.data();
        ben.gql("mutation { createPasswordLink(id: 3) { url expires_at } }").await.data();
        ben.gql("mutation { disableUser(id: 3) { id } }").await.data();
        // They may make another like themselves, and nothing above.
        ben.gql("mutation { updateUser(id: 3, input: { role_ids: [3] }) { id } }").await.data();
        for refused in [
            "mutation { createUser(input: { username: \"x\", super_admin: true }) { id } }",
            "mutation { updateUser(id: 2, input: { super_admin: true }) { id } }",
            "mutation { updateUser(id: 2, input: { external_id: \"1\" }) { id } }",
            "mutation { updateUser(id: 1, input: { password: \"heron-copper-violet-4\" }) { id } }",
            "mutation { disableUser(id: 1) { id } }",
            "mutation { createPasswordLink(id: 1) { url } }",
            "mutation { updateRole(id: 3, input: { follow_new_fields: true }) { id } }",
            "mutation { updateRole(id: 3, input: { upstream_name: \"admin\" }) { id } }",
            "mutation { createRole(input: { name: \"x\", applied_permissions: [\"Mutation.*\"] }) { id } }",
            "mutation { updateRole(id: 2, input: { applied_permissions: [\"Query.users\"] }) { id } }",
        ] {
            assert_eq!(ben.gql(refused).await.code(), "FORBIDDEN", "{refused}");
        }
    }
}

#[test]
fn the_presets_are_spelt_out() {
    for preset in Preset::ALL {
        let (exclusions, grants): (Vec<&str>, Vec<&str>) =
            preset.spelt().iter().copied().partition(|grant| grant.starts_with('!'));
        assert!(!grants.is_empty(), "{preset:?}");
        for grant in grants.iter().chain(&exclusions) {
            let grant = grant.trim_start_matches('!');
            assert!(grant.starts_with("own:") || grant.starts_with("api:"), "{preset:?} {grant}: says whose it is");
        }
    }
}

#[test]
fn with_an_api_behind_the_presets_open_it_too() {
    let origins = Origins::all(Source::Api)
        .with_type("Me", Source::Own, "Me")
        .with_root_field("Query", "me", Source::Own)
        .with_root_field("Mutation", "signOut", Source::Own);
    let sdl = "type Query { orders: [Order!]! me: Me! } type Order { id: ID! } type Me { id: ID! }
               type Mutation { sell: Boolean signOut: Boolean }";
    let schema = Schema::parse_and_validate(sdl, "").unwrap();
    let surface = Surface::new(schema, origins, SurfaceSettings::default(), FirstSeen::new());
    let opens = |preset: Preset| {
        let grants = preset.grants(&surface);
        let pin = |text: &String| PinnedGrant { grant: surface.accept(text).unwrap(), as_of: 1 };
        let list: Vec<PinnedGrant> = grants.iter().map(pin).collect();
        let open = surface.coordinates(&surface.compile(&list, false)).collect::<Vec<_>>().join(" ");
        format!("{}: {open}", grants.join(" "))
    };
    assert_snapshot!(opens(Preset::ReadOnly), @"own:Query.* own:*.* api:Query.* api:*.*: Me.id Order.id Query.me Query.orders");
    assert_snapshot!(opens(Preset::ReadWrite), @"own:Query.* own:*.* api:Query.* api:*.* api:Mutation.*: Me.id Mutation.sell Order.id Query.me Query.orders");
}
