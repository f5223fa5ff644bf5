//! Which change from one type to another asks nothing new of callers. Knows types as they are written, not what
//! they name: a change to another named type is never safe here, even to one that the first can be.

use apollo_compiler::ast::Type;

/// Whether what is read stays of a type that callers are prepared for: it may only be null less often.
pub(super) fn is_safe_to_read(before: &Type, after: &Type) -> bool {
    match (before, after) {
        (Type::Named(before), Type::Named(after) | Type::NonNullNamed(after))
        | (Type::NonNullNamed(before), Type::NonNullNamed(after)) => before == after,
        (Type::List(before), Type::List(after) | Type::NonNullList(after))
        | (Type::NonNullList(before), Type::NonNullList(after)) => is_safe_to_read(before, after),
        _ => false,
    }
}

/// Whether what callers give is still taken: it may only be null more often.
pub(super) fn is_safe_to_give(before: &Type, after: &Type) -> bool {
    is_safe_to_read(after, before)
}
