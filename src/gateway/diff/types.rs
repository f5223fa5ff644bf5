//! What changed about types and what they hold, as far as it is read: fields, members, values. What is given, the
//! arguments and the fields of input types, is `inputs`'.

use super::inputs::{ARGUMENT, INPUT_FIELD};
use super::twins::{Twin, twins};
use super::wrapped::is_safe_to_read;
use super::{Criticality, Diff, deprecation};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{
    Component, ComponentName, EnumType, EnumValueDefinition, ExtendedType, FieldDefinition, InputObjectType,
};
use apollo_compiler::{Name, Node, Schema};

/// What every schema has.
const BUILT_IN: [&str; 13] = [
    "Boolean",
    "Float",
    "ID",
    "Int",
    "String",
    "__Directive",
    "__DirectiveLocation",
    "__EnumValue",
    "__Field",
    "__InputValue",
    "__Schema",
    "__Type",
    "__TypeKind",
];

type Names = IndexSet<ComponentName>;
type Fields = IndexMap<Name, Component<FieldDefinition>>;

fn types(schema: &Schema) -> impl Iterator<Item = (&Name, &ExtendedType)> {
    schema.types.iter().filter(|(name, _)| !BUILT_IN.contains(&name.as_str()))
}

const fn noun(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "a scalar",
        ExtendedType::Object(_) => "an object type",
        ExtendedType::Interface(_) => "an interface",
        ExtendedType::Union(_) => "a union",
        ExtendedType::Enum(_) => "an enum",
        ExtendedType::InputObject(_) => "an input type",
    }
}

/// What came to a new type makes no difference to anyone.
const fn dangerous_unless(is_new: bool) -> Criticality {
    if is_new { Criticality::NonBreaking } else { Criticality::Dangerous }
}

fn text(description: Option<&Node<str>>) -> Option<&str> {
    description.map(|text| &**text)
}

impl<'a> Diff<'a> {
    pub(super) fn types(&mut self) {
        for twin in twins(types(self.before.schema), types(self.after.schema)) {
            match twin {
                Twin::Gone(ty) => {
                    let name = ty.name();
                    self.breaking("TYPE_REMOVED", name, format!("{name}, {}, is gone", noun(ty)));
                }
                Twin::New(ty) => {
                    let name = ty.name();
                    self.non_breaking("TYPE_ADDED", name, format!("{name} is new: {}", noun(ty)));
                    self.one_type(None, ty);
                }
                Twin::Kept(before, after) => self.one_type(Some(before), after),
            }
        }
    }

    fn one_type(&mut self, before: Option<&'a ExtendedType>, after: &'a ExtendedType) {
        let name = after.name();
        match before {
            Some(before) if noun(before) != noun(after) => {
                let message = format!("{name} is {}, where it was {}", noun(after), noun(before));
                self.breaking("TYPE_KIND_CHANGED", name, message);
            }
            _ => self.inside(before, after),
        }
        let kinds = ["TYPE_DESCRIPTION_ADDED", "TYPE_DESCRIPTION_REMOVED", "TYPE_DESCRIPTION_CHANGED"];
        let was = text(before.and_then(ExtendedType::description));
        self.description(kinds, name, name, was, text(after.description()));
    }

    /// What a type holds. `before` is of the same kind, or nothing where the type is new.
    fn inside(&mut self, before: Option<&'a ExtendedType>, after: &'a ExtendedType) {
        let name = after.name();
        match after {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(after) => {
                let before = before.and_then(ExtendedType::as_object);
                self.interfaces(name, before.map(|before| &before.implements_interfaces), &after.implements_interfaces);
                self.fields(name, before.map(|before| &before.fields), &after.fields);
            }
            ExtendedType::Interface(after) => {
                let before = before.and_then(ExtendedType::as_interface);
                self.interfaces(name, before.map(|before| &before.implements_interfaces), &after.implements_interfaces);
                self.fields(name, before.map(|before| &before.fields), &after.fields);
            }
            ExtendedType::Union(after) => {
                let before = before.and_then(ExtendedType::as_union);
                self.members(name, before.map(|before| &before.members), &after.members);
            }
            ExtendedType::Enum(after) => self.values(before.and_then(ExtendedType::as_enum), after),
            ExtendedType::InputObject(after) => self.input(before.and_then(ExtendedType::as_input_object), after),
        }
    }

    fn interfaces(&mut self, path: &str, before: Option<&'a Names>, after: &'a Names) {
        let added = dangerous_unless(before.is_none());
        for twin in name_twins(before, after) {
            match twin {
                Twin::Gone(interface) => {
                    let message = format!("{path} does not implement {interface} any more");
                    self.breaking("OBJECT_TYPE_INTERFACE_REMOVED", path, message);
                }
                Twin::New(interface) => {
                    let message = format!("{path} implements {interface} now");
                    self.note(added, "OBJECT_TYPE_INTERFACE_ADDED", path, message);
                }
                Twin::Kept(..) => {}
            }
        }
    }

    fn members(&mut self, path: &str, before: Option<&'a Names>, after: &'a Names) {
        let added = dangerous_unless(before.is_none());
        for twin in name_twins(before, after) {
            match twin {
                Twin::Gone(member) => {
                    let message = format!("{member} does not belong to {path} any more");
                    self.breaking("UNION_MEMBER_REMOVED", path, message);
                }
                Twin::New(member) => {
                    self.note(added, "UNION_MEMBER_ADDED", path, format!("{member} belongs to {path} now"));
                }
                Twin::Kept(..) => {}
            }
        }
    }

    fn values(&mut self, before: Option<&'a EnumType>, after: &'a EnumType) {
        let added = dangerous_unless(before.is_none());
        for twin in twins(before.map(|before| &before.values).into_iter().flatten(), &after.values) {
            match twin {
                Twin::Gone(value) => {
                    let path = format!("{}.{}", after.name, value.value);
                    self.breaking("ENUM_VALUE_REMOVED", &path, format!("the value {path} is gone"));
                }
                Twin::New(value) => {
                    let path = format!("{}.{}", after.name, value.value);
                    self.note(added, "ENUM_VALUE_ADDED", &path, format!("the value {path} is new"));
                    self.value(&path, None, value);
                }
                Twin::Kept(before, value) => {
                    self.value(&format!("{}.{}", after.name, value.value), Some(before), value);
                }
            }
        }
    }

    fn value(&mut self, path: &str, before: Option<&EnumValueDefinition>, after: &EnumValueDefinition) {
        let was = text(before.and_then(|before| before.description.as_ref()));
        self.description(["ENUM_VALUE_DESCRIPTION_CHANGED"; 3], path, path, was, text(after.description.as_ref()));
        let was = before.and_then(|before| deprecation::of(&before.directives));
        self.value_deprecation(path, was, deprecation::of(&after.directives));
    }

    fn fields(&mut self, owner: &str, before: Option<&'a Fields>, after: &'a Fields) {
        for twin in twins(before.into_iter().flatten(), after) {
            match twin {
                Twin::Gone(field) => {
                    let path = format!("{owner}.{}", field.name);
                    let was = if deprecation::of(&field.directives).is_some() { "; it was deprecated" } else { "" };
                    self.breaking("FIELD_REMOVED", &path, format!("the field {path} is gone{was}"));
                }
                Twin::New(field) => {
                    let path = format!("{owner}.{}", field.name);
                    let message = format!("the field {path} is new, of the type {}", field.ty);
                    self.non_breaking("FIELD_ADDED", &path, message);
                    self.field(&path, None, field);
                }
                Twin::Kept(before, field) => self.field(&format!("{owner}.{}", field.name), Some(before), field),
            }
        }
    }

    fn field(&mut self, path: &str, before: Option<&'a FieldDefinition>, after: &'a FieldDefinition) {
        let kinds = ["FIELD_DESCRIPTION_ADDED", "FIELD_DESCRIPTION_REMOVED", "FIELD_DESCRIPTION_CHANGED"];
        let was = text(before.and_then(|before| before.description.as_ref()));
        self.description(kinds, path, path, was, text(after.description.as_ref()));
        let was = before.and_then(|before| deprecation::of(&before.directives));
        self.field_deprecation(path, was, deprecation::of(&after.directives));
        if let Some(before) = before.filter(|before| before.ty != after.ty) {
            self.field_type(path, before, after);
        }
        self.inputs(&ARGUMENT, path, before.map(|before| &*before.arguments), &after.arguments);
    }

    fn field_type(&mut self, path: &str, before: &FieldDefinition, after: &FieldDefinition) {
        let is_safe = is_safe_to_read(&before.ty, &after.ty);
        let criticality = if is_safe { Criticality::NonBreaking } else { Criticality::Breaking };
        let leads_elsewhere = before.ty.inner_named_type() != after.ty.inner_named_type();
        let message = if leads_elsewhere {
            format!("{path} leads to another type: {}, where it was {}", after.ty, before.ty)
        } else {
            format!("{path} is of the type {}, where it was {}", after.ty, before.ty)
        };
        self.note(criticality, "FIELD_TYPE_CHANGED", path, message);
    }

    fn input(&mut self, before: Option<&'a InputObjectType>, after: &'a InputObjectType) {
        let name = &after.name;
        self.inputs(&INPUT_FIELD, name, before.map(|before| before.fields.values()), after.fields.values());
        let is_one_of = after.directives.has("oneOf");
        match before.map(|before| before.directives.has("oneOf")) {
            Some(false) if is_one_of => {
                let message = format!("{name} takes exactly one of its fields now");
                self.breaking("INPUT_OBJECT_ONE_OF_CHANGED", name, message);
            }
            Some(true) if !is_one_of => {
                let message = format!("{name} may be given several of its fields, or none, now");
                self.non_breaking("INPUT_OBJECT_ONE_OF_CHANGED", name, message);
            }
            _ => {}
        }
    }
}

fn name_twins<'a>(before: Option<&'a Names>, after: &'a Names) -> impl Iterator<Item = Twin<&'a Name>> {
    let named = |name: &'a ComponentName| (&name.name, &name.name);
    twins(before.into_iter().flatten().map(named), after.iter().map(named))
}
