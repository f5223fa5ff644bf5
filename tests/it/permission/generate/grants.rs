//! Random lists of grants over a schema.

use apollo_compiler::Schema;
use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::schema::ExtendedType;
use doorward::permission::{PinnedGrant, Surface};

use super::Tape;

/// Lists of grants: now a few, now nearly everything less a few.
pub fn grants(tape: &mut Tape, schema: &Schema) -> Vec<String> {
    let exact = exact(schema);
    let mut patterns: Vec<String> = vec!["*.*".to_owned()];
    patterns.extend(exact.iter().map(|text| format!("{}.*", text.split('.').next().expect("a type stands first"))));
    patterns.dedup();
    let mut list = Vec::new();
    let wide = tape.chance(6);
    if wide {
        list.extend(["*.*", "Query.*"].map(ToOwned::to_owned));
        let roots = ["Mutation", "Subscription"].into_iter().filter(|root| schema.types.contains_key(*root));
        list.extend(roots.map(|root| format!("{root}.*")));
    }
    for _ in 0..tape.below(8) {
        let from = if tape.chance(3) { &patterns } else { &exact };
        let Some(text) = tape.pick(from) else { continue };
        let takes = if wide { tape.chance(8) } else { tape.chance(2) };
        list.push(format!("{}{text}", if takes { "!" } else { "" }));
    }
    list
}

/// A list as a surface keeps it, made at one moment.
pub fn pinned(surface: &Surface, list: &[String], as_of: i64) -> Vec<PinnedGrant> {
    list.iter().map(|text| PinnedGrant { grant: surface.accept(text).unwrap(), as_of }).collect()
}

/// Every coordinate that a grant may name, interfaces' too.
fn exact(schema: &Schema) -> Vec<String> {
    let mut exact = Vec::new();
    let mut field = |ty: &str, field: &FieldDefinition| {
        exact.push(format!("{ty}.{}", field.name));
        exact.extend(field.arguments.iter().map(|argument| format!("{ty}.{}({}:)", field.name, argument.name)));
    };
    let mut inputs = Vec::new();
    for (name, ty) in schema.types.iter().filter(|(name, _)| !name.starts_with("__")) {
        match ty {
            ExtendedType::Object(object) => object.fields.values().for_each(|f| field(name, f)),
            ExtendedType::Interface(interface) => interface.fields.values().for_each(|f| field(name, f)),
            ExtendedType::InputObject(input) => inputs.extend(input.fields.keys().map(|key| format!("{name}.{key}"))),
            _ => {}
        }
    }
    exact.extend(inputs);
    exact
}
