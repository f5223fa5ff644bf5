//! Random schemas: interfaces that implement interfaces, covariant fields, unions, recursive and `@oneOf` inputs,
//! arguments whose defaults differ between an interface and its implementers.

use std::collections::BTreeMap;
use std::fmt::Write;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::Tape;

#[derive(Clone)]
struct Field {
    arguments: Vec<(String, String, Option<String>)>,
    named: String,
    wrap: usize,
}

type Fields = BTreeMap<String, Field>;

#[derive(Default)]
struct Model {
    /// Name, the interfaces that it implements (closed upwards), fields. Interfaces first.
    types: Vec<(String, Vec<usize>, Fields)>,
    interfaces: usize,
    unions: Vec<(String, Vec<String>)>,
    inputs: usize,
}

/// A valid schema, or none where the choices did not make one.
pub fn schema(tape: &mut Tape) -> Option<Valid<Schema>> {
    let mut model = Model { interfaces: tape.below(4), inputs: 1 + tape.below(3), ..Model::default() };
    let objects = 1 + tape.below(4);
    for id in 0..model.interfaces + objects {
        let mut above: Vec<usize> = Vec::new();
        for other in 0..id.min(model.interfaces) {
            if tape.chance(6) {
                above.extend(model.types[other].1.iter().copied().chain([other]));
            }
        }
        above.sort_unstable();
        above.dedup();
        let name = if id < model.interfaces { format!("I{id}") } else { format!("T{}", id - model.interfaces) };
        model.types.push((name, above, Fields::new()));
    }
    for id in 0..tape.below(3) {
        let members = (0..objects).filter(|_| tape.chance(6)).map(|object| format!("T{object}")).collect::<Vec<_>>();
        if !members.is_empty() {
            model.unions.push((format!("U{id}"), members));
        }
    }
    for id in 0..model.types.len() {
        model.types[id].2 = model.fields(tape, id);
    }
    let sdl = model.print(tape);
    Schema::parse_and_validate(sdl, "schema.graphql").ok()
}

impl Model {
    /// The fields inherited, some of them narrowed, and some of its own.
    fn fields(&self, tape: &mut Tape, id: usize) -> Fields {
        let mut fields = Fields::new();
        for above in &self.types[id].1 {
            for (name, field) in &self.types[*above].2 {
                let mut field = field.clone();
                self.narrow(tape, &mut field);
                fields.insert(name.clone(), field);
            }
        }
        for own in 0..1 + tape.below(3) {
            let name =
                if tape.chance(5) { format!("f{own}") } else { format!("{}{own}", self.types[id].0.to_lowercase()) };
            fields.entry(name).or_insert_with(|| self.field(tape));
        }
        fields
    }

    fn narrow(&self, tape: &mut Tape, field: &mut Field) {
        let below: Vec<&String> = match self.types.iter().position(|(name, ..)| *name == field.named) {
            Some(ty) => self.types.iter().filter(|(_, above, _)| above.contains(&ty)).map(|(name, ..)| name).collect(),
            None => self.unions.iter().filter(|(name, _)| *name == field.named).flat_map(|(_, of)| of).collect(),
        };
        if tape.chance(5)
            && let Some(narrower) = tape.pick(&below)
        {
            field.named = (*narrower).clone();
        }
        for (_, ty, default) in &mut field.arguments {
            if tape.chance(4) {
                *default = if default.is_some() || !ty.contains("Int") { None } else { Some("1".to_owned()) };
            }
        }
        if tape.chance(2) && !field.arguments.iter().any(|(name, ..)| name == "extra") {
            field.arguments.push(("extra".to_owned(), "Int".to_owned(), None));
        }
    }

    fn field(&self, tape: &mut Tape) -> Field {
        let named = match tape.below(9) {
            0..3 => ["Int", "String", "ID", "Level", "Json"][tape.below(5)].to_owned(),
            8 if tape.chance(3) => "Query".to_owned(),
            7 if !self.unions.is_empty() => self.unions[tape.below(self.unions.len())].0.clone(),
            _ => self.types[tape.below(self.types.len())].0.clone(),
        };
        let arguments = (0..tape.below(3)).map(|id| self.argument(tape, id)).collect();
        Field { arguments, named, wrap: tape.below(4) }
    }

    fn argument(&self, tape: &mut Tape, id: usize) -> (String, String, Option<String>) {
        let (ty, default) = match tape.below(9) {
            0 => ("Int", None),
            1 => ("Int!", None),
            2 => ("Int!", Some("3")),
            3 => ("Json", None),
            4 => ("Level", Some("LOW")),
            5 => ("[[IN]]", None),
            6 => ("IN", None),
            7 => ("[IN!]", None),
            _ => ("IN!", None),
        };
        let ty = ty.replace("IN", &format!("In{}", tape.below(self.inputs)));
        (format!("a{id}"), ty, default.map(ToOwned::to_owned))
    }

    fn print(&self, tape: &mut Tape) -> String {
        let mut sdl = "scalar Json enum Level { LOW HIGH } directive @oneOf on INPUT_OBJECT\n".to_owned();
        for (id, (name, above, fields)) in self.types.iter().enumerate() {
            let keyword = if id < self.interfaces { "interface" } else { "type" };
            let above: Vec<&str> = above.iter().map(|id| self.types[*id].0.as_str()).collect();
            let implements =
                if above.is_empty() { String::new() } else { format!(" implements {}", above.join(" & ")) };
            let _ = writeln!(sdl, "{keyword} {name}{implements} {{{}}}", print_fields(fields));
        }
        for (name, members) in &self.unions {
            let _ = writeln!(sdl, "union {name} = {}", members.join(" | "));
        }
        for id in 0..self.inputs {
            let _ = writeln!(sdl, "{}", self.input(tape, id));
        }
        let argument = self.argument(tape, 0);
        let argument = print_argument(&argument);
        let _ = writeln!(sdl, "directive @mark({argument}) on FIELD | QUERY | MUTATION | INLINE_FRAGMENT");
        for root in ["Query", "Mutation", "Subscription"] {
            if root == "Query" || tape.chance(4) {
                let fields = (0..1 + tape.below(5)).map(|id| (format!("r{id}"), self.field(tape))).collect();
                let _ = writeln!(sdl, "type {root} {{{}}}", print_fields(&fields));
            }
        }
        sdl
    }

    fn input(&self, tape: &mut Tape, id: usize) -> String {
        let one_of = tape.chance(3);
        let mut fields = String::new();
        for field in 0..1 + tape.below(3) {
            let other = tape.below(self.inputs);
            let (ty, default) = match tape.below(9) {
                0..2 => ("Int", ""),
                2 => ("Int", " = 4"),
                3 => ("Json", ""),
                4 => ("Level", ""),
                5 => ("IN", ""),
                6 => ("[IN]", ""),
                7 if !one_of => ("Int!", ""),
                8 if !one_of && other > id => ("IN!", ""),
                _ => ("[[IN!]]", ""),
            };
            let default = if one_of { "" } else { default };
            let _ = write!(fields, " x{field}: {}{default}", ty.replace("IN", &format!("In{other}")));
        }
        format!("input In{id}{} {{{fields} }}", if one_of { " @oneOf" } else { "" })
    }
}

fn print_fields(fields: &Fields) -> String {
    let print = |(name, field): (&String, &Field)| {
        let arguments: Vec<String> = field.arguments.iter().map(print_argument).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let ty = ["X", "X!", "[X]", "[X!]!"][field.wrap].replace('X', &field.named);
        format!(" {name}{arguments}: {ty}")
    };
    fields.iter().map(print).collect::<Vec<_>>().join("") + " "
}

fn print_argument((name, ty, default): &(String, String, Option<String>)) -> String {
    let default = default.as_ref().map(|default| format!(" = {default}")).unwrap_or_default();
    format!("{name}: {ty}{default}")
}
