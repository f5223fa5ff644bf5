//! What a text may ask of the library that reads it. Knows no rule of GraphQL; what passes here may still be no schema.

use super::{listed, plain};
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::{Name, Schema};
use apollo_parser::{Lexer, Parser, TokenKind};

/// Brackets within brackets. Far more than any schema needs, far less than what the parser's stack bears.
const DEEPEST: usize = 64;
/// The tokens that are parsed at first, and how many times more next.
const BEGINNING: usize = 50_000;
const MORE: usize = 8;
/// The input types that the library follows from one to the next.
const FARTHEST: usize = 32;
/// The input fields that it may come by on all its ways.
const STEPS: usize = 1_000_000;

/// Holds a text against what cannot be parsed at all, before a tree is made of it.
///
/// # Errors
/// The first place that does not lex, since the parser would go on from there and remember every other; brackets that
/// nest too deep; text that says nothing, or begins as no schema does; what does not parse at its beginning.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    let (mut at, mut depth, mut tokens, mut says) = (0, 0_usize, 0, false);
    for token in Lexer::new(text) {
        let token = token.map_err(|error| format!("line {}: {}", line(text, at), plain(error.message())))?;
        match token.kind() {
            TokenKind::LCurly if !says => {
                return Err(format!("line {}: it begins like JSON or a query, and a schema does not", line(text, at)));
            }
            TokenKind::LCurly | TokenKind::LParen | TokenKind::LBracket => depth += 1,
            TokenKind::RCurly | TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("line {}: brackets nest more than {DEEPEST} deep", line(text, at)));
        }
        says |= !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof);
        at += token.data().len();
        tokens += 1;
    }
    if says { check_beginning(text, tokens) } else { Err("it is empty".into()) }
}

/// The parser remembers every error, and a large file that is no SDL has millions: so it shows before the parser has
/// seen all of it.
fn check_beginning(text: &str, tokens: usize) -> Result<(), String> {
    let mut beginning = BEGINNING;
    while beginning < tokens {
        let tree = Parser::new(text).token_limit(beginning).recursion_limit(2 * DEEPEST).parse();
        // Behind the limit nothing is an error any more.
        let errors: Vec<_> = tree.errors().filter(|error| !error.is_limit()).collect();
        if !errors.is_empty() {
            let places = errors.iter().map(|error| (Some(line(text, error.index())), error.message().to_owned()));
            return Err(listed(places));
        }
        beginning *= MORE;
    }
    Ok(())
}

fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Holds the schema against the ways that lead through its input types: to find cycles the library walks each of them,
/// and thirty types that each need the next one twice are a billion ways.
///
/// # Errors
/// When there are too many.
pub(super) fn check_inputs(schema: &Schema) -> Result<(), String> {
    let mut left = STEPS;
    for (name, ty) in &schema.types {
        if let Some(object) = ty.as_input_object() {
            let required = |field: &InputValueDefinition| field.ty.is_non_null() && field.ty.is_named();
            let mut fields = object.fields.values().map(|field| &***field);
            walk(schema, &mut fields, required, &mut vec![name], &mut left).ok_or_else(|| too_many(name))?;
        }
    }
    for (name, directive) in &schema.directive_definitions {
        let mut arguments = directive.arguments.iter().map(|argument| &**argument);
        walk(schema, &mut arguments, |_| true, &mut Vec::new(), &mut left).ok_or_else(|| too_many(name))?;
    }
    Ok(())
}

fn too_many(name: &Name) -> String {
    plain(&format!("from `{name}` too many ways lead through input types to check them"))
}

/// Takes every way that does not come back to itself.
fn walk<'s>(
    schema: &'s Schema,
    inputs: &mut dyn Iterator<Item = &'s InputValueDefinition>,
    followed: fn(&InputValueDefinition) -> bool,
    behind: &mut Vec<&'s Name>,
    left: &mut usize,
) -> Option<()> {
    for input in inputs {
        *left = left.checked_sub(1)?;
        let name = input.ty.inner_named_type();
        if !followed(input) || behind.len() > FARTHEST || behind.contains(&name) {
            continue;
        }
        if let Some(object) = schema.get_input_object(name) {
            behind.push(name);
            walk(schema, &mut object.fields.values().map(|field| &***field), followed, behind, left)?;
            behind.pop();
        }
    }
    Some(())
}
