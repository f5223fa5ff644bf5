//! Permissions: the rule book's own cases, and its law tried on schemas that nobody thought of.

mod children;
mod conferring;
mod corners;
pub mod generate;
mod naive;
pub mod properties;
mod ran;
mod settings;
mod shapes;
mod sources;
mod vectors;
mod writing;

use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Schema};
use doorward::permission::{FirstSeen, Granted, Origins, PinnedGrant, Source, Surface, SurfaceSettings};

/// A surface of Doorward's own, nothing special about it.
pub fn plain(sdl: &str) -> Surface {
    with(sdl, Origins::all(Source::Own), SurfaceSettings::default())
}

fn with(sdl: &str, origins: Origins, settings: SurfaceSettings) -> Surface {
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
    Surface::new(schema, origins, settings, FirstSeen::new())
}

fn list(surface: &Surface, grants: &[&str]) -> Vec<PinnedGrant> {
    grants.iter().map(|text| PinnedGrant { grant: surface.accept(text).unwrap(), as_of: 0 }).collect()
}

pub fn held(surface: &Surface, grants: &[&str]) -> Granted {
    surface.compile(&list(surface, grants), false)
}

fn names(surface: &Surface, granted: &Granted) -> String {
    surface.coordinates(granted).collect::<Vec<_>>().join(" ")
}

/// What is missing to run an operation without variables; nothing when it is allowed.
pub fn missing(surface: &Surface, held: Granted, operation: &str) -> Vec<String> {
    let document = ExecutableDocument::parse_and_validate(surface.schema(), operation, "operation.graphql").unwrap();
    let needs = surface.needs(&document, document.operations.iter().next().unwrap());
    surface.judge(&needs, &surface.powers(held), &JsonMap::new()).err().unwrap_or_default()
}
