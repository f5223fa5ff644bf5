//! Schemas drawn by chance from few names and few words, so that two of them have much in common: types that are of
//! one kind in one and of another in the other, defaults that fit their types or do not, objects inside objects.

use std::collections::BTreeMap;
use std::fmt::Write;

const TYPES: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

/// A source of choices that is the same on every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    /// True in `n` of ten.
    pub fn chance(&mut self, n: usize) -> bool {
        self.below(10) < n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Object,
    Interface,
    Union,
    Enum,
    Input,
    Scalar,
}

struct Input {
    name: String,
    wrap: &'static str,
    named: String,
}

impl Input {
    fn is_required(&self) -> bool {
        self.wrap.ends_with('!')
    }
}

struct World<'d> {
    dice: &'d mut Dice,
    kinds: BTreeMap<&'static str, Kind>,
    inputs: BTreeMap<&'static str, Vec<Input>>,
}

/// A schema that is nearly always valid.
pub fn schema(dice: &mut Dice) -> String {
    let mut world = World { dice, kinds: BTreeMap::new(), inputs: BTreeMap::new() };
    for (at, name) in TYPES.into_iter().enumerate() {
        use Kind::{Enum, Input, Interface, Object, Scalar, Union};
        let usual = [Object, Input, Interface, Enum, Object, Input, Union, Interface][at];
        if world.dice.chance(9) {
            let other = [Object, Interface, Union, Enum, Input, Scalar][world.dice.below(6)];
            world.kinds.insert(name, if world.dice.chance(2) { other } else { usual });
        }
    }
    for (name, kind) in world.kinds.clone() {
        if kind == Kind::Input {
            let fields = (0..3).filter_map(|at| world.input(&format!("i{at}"), name)).collect();
            world.inputs.insert(name, fields);
        }
    }
    world.print()
}

impl World<'_> {
    fn names(&self, kinds: &[Kind]) -> Vec<&'static str> {
        self.kinds.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| *name).collect()
    }

    fn wrap(&mut self) -> &'static str {
        self.dice.pick(&["X", "X", "X", "X!", "X!", "[X]", "[X!]", "[X]!", "[X!]!", "[[X]]", "[[X!]]!"])
    }

    /// A field of an input type, or an argument. Types ask only for types that come later, so that there is an end.
    fn input(&mut self, name: &str, of: &str) -> Option<Input> {
        let mut named = self.names(&[Kind::Enum, Kind::Scalar]);
        named.extend(self.names(&[Kind::Input]).into_iter().filter(|name| *name > of));
        named.extend(["Int", "Float", "ID", "String", "Boolean"]);
        let (wrap, named) = (self.wrap(), self.dice.pick(&named).to_owned());
        self.dice.chance(7).then(|| Input { name: name.to_owned(), wrap, named })
    }

    fn description(&mut self) -> &'static str {
        self.dice.pick(&["", "", "", "", "\"\" ", "\"One.\" ", "\"Two.\" ", "\"\"\"\n  One.\n\"\"\" "])
    }

    fn deprecated(&mut self) -> &'static str {
        const WRITTEN: [&str; 5] = [
            " @deprecated",
            " @deprecated(reason: \"old\")",
            " @deprecated(reason: \"bad\")",
            " @deprecated(reason: \"\")",
            " @deprecated(reason: null)",
        ];
        WRITTEN.get(self.dice.below(12)).copied().unwrap_or_default()
    }

    fn literal(&mut self, wrap: &str, named: &str) -> String {
        let inner = wrap.strip_suffix('!').unwrap_or(wrap);
        if inner == wrap && self.dice.chance(1) {
            return "null".to_owned();
        }
        match inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(item) if !self.dice.chance(3) => {
                let items: Vec<String> = (0..self.dice.below(3)).map(|_| self.literal(item, named)).collect();
                format!("[{}]", items.join(", "))
            }
            Some(item) => self.literal(item, named),
            None => self.leaf(named),
        }
    }

    fn leaf(&mut self, named: &str) -> String {
        match (named, self.kinds.get(named)) {
            (_, Some(Kind::Enum)) => self.dice.pick(&["V0", "V1", "V2", "V3"]).to_owned(),
            (_, Some(Kind::Input)) => {
                let fields = self.inputs.remove_entry(named);
                let Some((name, fields)) = fields else { return "{}".to_owned() };
                let written: Vec<String> = fields
                    .iter()
                    .filter_map(|field| {
                        let is_written = field.is_required() || self.dice.chance(3);
                        is_written.then(|| format!("{}: {}", field.name, self.literal(field.wrap, &field.named)))
                    })
                    .collect();
                self.inputs.insert(name, fields);
                format!("{{{}}}", written.join(", "))
            }
            ("Int" | "Float", _) => self.dice.pick(&["0", "1", "2", "-0"]).to_owned(),
            ("ID", _) => self.dice.pick(&["1", "\"1\"", "\"x\""]).to_owned(),
            ("String", _) => self.dice.pick(&["\"\"", "\"1\"", "\"\"\"\n  1\n\"\"\"", "1"]).to_owned(),
            ("Boolean", _) => self.dice.pick(&["true", "false"]).to_owned(),
            _ => self
                .dice
                .pick(&["1", "1.0", "\"1\"", "[V0]", "[\"V0\"]", "{a: 1, b: null}", "{b: null, a: 1}"])
                .to_owned(),
        }
    }

    fn print_input(&mut self, input: &Input) -> String {
        let ty = input.wrap.replace('X', &input.named);
        let default =
            if self.dice.chance(5) { format!(" = {}", self.literal(input.wrap, &input.named)) } else { String::new() };
        let deprecated = if input.is_required() { "" } else { self.deprecated() };
        format!("{}{}: {ty}{default}{deprecated}", self.description(), input.name)
    }

    fn arguments(&mut self) -> String {
        let arguments: Vec<Input> = (0..3).filter_map(|at| self.input(&format!("a{at}"), "")).collect();
        let many = self.dice.below(4).min(arguments.len());
        let arguments: Vec<String> = arguments[..many].iter().map(|argument| self.print_input(argument)).collect();
        if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) }
    }

    fn fields(&mut self, prefix: &str) -> BTreeMap<String, String> {
        let mut named = self.names(&[Kind::Object, Kind::Interface, Kind::Union, Kind::Enum, Kind::Scalar]);
        named.extend(["Int", "Float", "ID", "String"]);
        let mut fields = BTreeMap::new();
        for at in 0..4 {
            let ty = self.wrap().replace('X', self.dice.pick(&named));
            let (description, arguments, deprecated) = (self.description(), self.arguments(), self.deprecated());
            if at == 0 || self.dice.chance(6) {
                let name = format!("{prefix}{at}");
                fields.insert(name.clone(), format!("  {description}{name}{arguments}: {ty}{deprecated}\n"));
            }
        }
        fields
    }

    fn print(&mut self) -> String {
        let mut sdl = "directive @oneOf on INPUT_OBJECT\n".to_owned();
        let mut interfaces: BTreeMap<&str, (Vec<&str>, BTreeMap<String, String>)> = BTreeMap::new();
        for name in self.names(&[Kind::Interface]) {
            let (above, mut fields) = self.inherited(&interfaces);
            fields.extend(self.fields(&name.to_lowercase()));
            interfaces.insert(name, (above, fields));
        }
        for (name, kind) in self.kinds.clone() {
            sdl += self.description();
            match kind {
                Kind::Interface => write_composite(&mut sdl, "interface", name, &interfaces[name]),
                Kind::Object => {
                    let (above, mut fields) = self.inherited(&interfaces);
                    fields.extend(self.fields("f"));
                    write_composite(&mut sdl, "type", name, &(above, fields));
                }
                Kind::Union => {
                    let mut members = self.names(&[Kind::Object]);
                    members.retain(|_| self.dice.chance(6));
                    members.push("Query");
                    let _ = writeln!(sdl, "union {name} = {}", members.join(" | "));
                }
                Kind::Enum => {
                    let _ = writeln!(sdl, "enum {name} {{{}}}", self.values());
                }
                Kind::Input => {
                    let fields = self.inputs.remove(name).unwrap_or_default();
                    let mut printed: Vec<String> = fields.iter().map(|field| self.print_input(field)).collect();
                    self.inputs.insert(name, fields);
                    printed.push("always: Int".to_owned());
                    let one_of = if self.dice.chance(2) { " @oneOf" } else { "" };
                    let _ = writeln!(sdl, "input {name}{one_of} {{ {} }}", printed.join("\n  "));
                }
                Kind::Scalar => {
                    let _ = writeln!(sdl, "scalar {name}");
                }
            }
        }
        self.print_roots(&mut sdl);
        self.print_directives(&mut sdl);
        sdl
    }

    /// Some of the interfaces, what those implement in turn, and the fields of all.
    fn inherited<'n>(
        &mut self,
        interfaces: &BTreeMap<&'n str, (Vec<&'n str>, BTreeMap<String, String>)>,
    ) -> (Vec<&'n str>, BTreeMap<String, String>) {
        let mut above = Vec::new();
        for (name, (further, _)) in interfaces {
            if self.dice.chance(4) {
                above.extend(further.iter().chain([name]).copied());
            }
        }
        above.sort_unstable();
        above.dedup();
        let fields = above.iter().flat_map(|name| interfaces[name].1.clone()).collect();
        (above, fields)
    }

    fn values(&mut self) -> String {
        let mut values = format!(" {}V0{}", self.description(), self.deprecated());
        for at in 1..4 {
            let value = format!(" {}V{at}{}", self.description(), self.deprecated());
            values += if self.dice.chance(6) { &value } else { "" };
        }
        values
    }

    fn print_roots(&mut self, sdl: &mut String) {
        write_composite(sdl, "type", "Query", &(Vec::new(), self.fields("q")));
        let objects = self.names(&[Kind::Object]);
        let _ = write!(sdl, "schema {{ query: Query");
        for (at, operation) in ["mutation", "subscription"].into_iter().enumerate() {
            if let Some(name) = objects.get(self.dice.below(2) * 2 + at)
                && self.dice.chance(6)
            {
                let _ = write!(sdl, " {operation}: {name}");
            }
        }
        sdl.push_str(" }\n");
    }

    fn print_directives(&mut self, sdl: &mut String) {
        for at in 0..3 {
            let (description, arguments) = (self.description(), self.arguments());
            let repeatable = if self.dice.chance(4) { " repeatable" } else { "" };
            let mut locations = vec!["FIELD", "QUERY", "OBJECT", "ENUM"];
            locations.retain(|_| self.dice.chance(6));
            if self.dice.chance(8) && !locations.is_empty() {
                let locations = locations.join(" | ");
                let _ = writeln!(sdl, "{description}directive @d{at}{arguments}{repeatable} on {locations}");
            }
        }
    }
}

fn write_composite(sdl: &mut String, keyword: &str, name: &str, of: &(Vec<&str>, BTreeMap<String, String>)) {
    let (above, fields) = of;
    let implements = if above.is_empty() { String::new() } else { format!(" implements {}", above.join(" & ")) };
    let fields: String = fields.values().map(String::as_str).collect();
    let _ = writeln!(sdl, "{keyword} {name}{implements} {{\n{fields}}}");
}
