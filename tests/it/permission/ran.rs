//! What really runs is what was judged: random operations go the whole way of a request, and every resolver that is
//! called says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{EmptySubscription, Schema, ServerResult, ValidationMode, Value};
use axum::http::{Request, header};
use doorward::config::Limits;
use doorward::graphql::schema::{Mutation, Query};
use doorward::graphql::{self, Door, Shapes, plan};
use doorward::guard::Callers;
use doorward::tokens::LastUses;
use doorward::world::World;
use http_body_util::BodyExt as _;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::generate::{grants, request, tape};
use super::properties::cases;
use crate::app::TestApp;
use crate::databases::{self, Database};

/// The coordinates of what was resolved, and of the arguments that were given.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<BTreeSet<String>>>);

impl ExtensionFactory for Log {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Extension for Log {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let field = format!("{}.{}", info.parent_type, info.name);
        let arguments = info.field.arguments.iter().map(|(name, _)| format!("{field}({}:)", name.node));
        // Each item of a list comes by again, under the list's type.
        if !info.parent_type.starts_with('[') {
            self.0.lock().unwrap().extend(arguments.chain([field.clone()]));
        }
        next.run(ctx, info).await
    }
}

/// The app's door, with an executor that keeps a log.
fn logged(app: &TestApp) -> (Arc<Door>, Log) {
    let log = Log::default();
    let own = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .extension(log.clone())
        .finish();
    let door = Door {
        cx: Arc::clone(app.cx()),
        surface: Arc::clone(&app.cx().surface),
        part: None,
        api: None,
        callers: Callers::default(),
        plans: Arc::default(),
        shapes: Arc::<Shapes>::default(),
        own,
        uses: LastUses::default(),
        strangers: Door::strangers_places(4),
    };
    (Arc::new(door), log)
}

#[test]
fn the_fields_that_really_ran_are_among_those_judged() {
    databases::run(async {
        let app = TestApp::in_world(World::real(), Database::sqlite(), |_| {}).await;
        let ada = app.admin().await;
        app.member().await.writer().await;
        let surface = &app.cx().surface;
        let (door, log) = logged(&app);
        let (mut runner, tapes) = (TestRunner::default(), tape());
        let mut draw = || tapes.new_tree(&mut runner).expect("there are tapes").current();
        let (mut secret, mut ran, mut refused) = (String::new(), BTreeSet::new(), 0);
        for case in 0..cases(20) {
            // Each list of grants is good for a few operations.
            if case % 20 == 0 {
                let mut list = grants(&mut draw(), surface.schema());
                list.extend(["Query.*", "*.*"].into_iter().filter(|_| case % 60 == 0).map(str::to_owned));
                let token = json!({"name": "t", "role": "ROLE_READ_WRITE", "permissions": list});
                secret = ada.issue(token).await.secret;
            }
            let asked = request(&mut draw(), surface.schema());
            let plan = plan::make(surface, &Limits::default(), &asked.text, None);
            let Some(plan) = plan.ok().filter(|plan| !plan.signs_in && !asked.text.contains("signOut")) else {
                continue;
            };
            let needed: BTreeSet<String> =
                surface.coordinates(&surface.needed(&plan.needs, Some(&asked.variables))).collect();
            log.0.lock().unwrap().clear();
            let body = json!({"query": asked.text, "variables": asked.variables}).to_string();
            let request = Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {secret}"));
            let response = graphql::serve(Arc::clone(&door), Arc::default(), request.body(body.into()).unwrap()).await;
            let answer = response.into_body().collect().await.unwrap().to_bytes();
            let answer = String::from_utf8(answer.to_vec()).unwrap();
            let logged = log.0.lock().unwrap().clone();
            assert!(logged.is_subset(&needed), "{:?}\n{}\n{answer}", logged.difference(&needed), asked.text);
            if answer.contains("\"missing\"") {
                assert!(logged.is_empty(), "{}\n{answer}", asked.text);
                refused += 1;
            }
            ran.extend(logged);
        }
        assert!(ran.len() > 20 && refused > 5, "too little was tried: {refused} refused, ran {ran:?}");
    });
}
