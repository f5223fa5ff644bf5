//! What a document may come to: counted on its lexical tokens before anything is parsed into a tree, and once more
//! with its fragments written out before anything runs.

use crate::config::Limits;
use crate::error::{Code, Refusal};
use apollo_compiler::Name;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_parser::{Lexer, TokenKind};

/// Counts. Commas and comments count as tokens too: to read they are no cheaper than others.
///
/// # Errors
/// `LIMIT_EXCEEDED`, naming the limit and not its value; the first place that does not lex, since the parser would go
/// on from there and remember every other.
pub fn check(text: &str, limits: &Limits) -> Result<(), Refusal> {
    let mut count = Count::default();
    for token in Lexer::new(text) {
        let token = token.map_err(|error| {
            let line = text.get(..error.index()).map_or(1, |before| before.matches('\n').count() + 1);
            let said: String = error.message().chars().take(80).collect();
            Refusal::new(Code::ParseFailed, format!("the document does not parse, in line {line}: {said}"))
        })?;
        if matches!(token.kind(), TokenKind::Whitespace | TokenKind::Eof) {
            continue;
        }
        count.add(token.kind(), token.data());
        count.within(limits)?;
    }
    Ok(())
}

/// The refusal of a limit that was passed.
#[must_use]
pub fn passed(limit: &str) -> Refusal {
    Refusal::new(Code::LimitExceeded, format!("the request passes the limit `limits.{limit}`"))
}

/// Holds an operation to the limit of tokens with its fragments written out wherever they are spread, as executors
/// walk it: a hundred fragments that each spread the next one twice are a short document.
///
/// # Errors
/// `LIMIT_EXCEEDED`, as above.
pub fn check_written_out(document: &ExecutableDocument, operation: &Operation, limits: &Limits) -> Result<(), Refusal> {
    let selections = written_out(document, &operation.selection_set, &mut HashMap::default());
    if selections > limits.tokens { Err(passed("tokens")) } else { Ok(()) }
}

/// How many selections there are in a set and below; of a fragment it is counted once. The document is valid, so no
/// fragment spreads itself.
fn written_out<'d>(
    document: &'d ExecutableDocument,
    set: &'d SelectionSet,
    known: &mut HashMap<&'d Name, usize>,
) -> usize {
    set.selections.iter().fold(0, |sum: usize, selection| {
        let below = match selection {
            Selection::Field(field) => written_out(document, &field.selection_set, known),
            Selection::InlineFragment(inline) => written_out(document, &inline.selection_set, known),
            Selection::FragmentSpread(spread) => match known.get(&spread.fragment_name) {
                Some(counted) => *counted,
                None => {
                    let fragment = document.fragments.get(&spread.fragment_name);
                    let counted = fragment.map_or(0, |found| written_out(document, &found.selection_set, known));
                    known.insert(&spread.fragment_name, counted);
                    counted
                }
            },
        };
        sum.saturating_add(below).saturating_add(1)
    })
}

#[derive(Default)]
struct Count {
    tokens: usize,
    /// Braces and brackets that are open.
    depth: usize,
    /// Parentheses that are open: a name before a colon inside them is an argument, outside an alias.
    parentheses: usize,
    aliases: usize,
    directives: usize,
    fragments: usize,
    variables: usize,
    last_was_name: bool,
    /// Whether that name was a variable's.
    of_variable: bool,
    last_was_dollar: bool,
}

impl Count {
    fn add(&mut self, kind: TokenKind, text: &str) {
        self.tokens += 1;
        if matches!(kind, TokenKind::Comment | TokenKind::Comma) {
            // Ignored by the grammar (GraphQL, section 2.1.7): what stands around it still belongs together.
            return;
        }
        match kind {
            TokenKind::LCurly | TokenKind::LBracket => self.depth += 1,
            TokenKind::RCurly | TokenKind::RBracket => self.depth = self.depth.saturating_sub(1),
            TokenKind::LParen => self.parentheses += 1,
            TokenKind::RParen => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::At => self.directives += 1,
            TokenKind::Colon if self.last_was_name && self.of_variable => self.variables += 1,
            TokenKind::Colon if self.last_was_name && self.parentheses == 0 => self.aliases += 1,
            TokenKind::Name if self.depth == 0 && self.parentheses == 0 && text == "fragment" => self.fragments += 1,
            _ => {}
        }
        self.last_was_name = kind == TokenKind::Name;
        self.of_variable = self.last_was_dollar;
        self.last_was_dollar = kind == TokenKind::Dollar;
    }

    fn within(&self, limits: &Limits) -> Result<(), Refusal> {
        let counted = [
            ("tokens", self.tokens, limits.tokens),
            ("depth", self.depth, limits.depth),
            ("aliases", self.aliases, limits.aliases),
            ("directives", self.directives, limits.directives),
            ("fragments", self.fragments, limits.fragments),
            ("variables", self.variables, limits.variables),
        ];
        match counted.iter().find(|(_, counted, limit)| counted > limit) {
            Some((name, ..)) => Err(passed(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Option<String> {
        let limits =
            Limits { tokens: 60, depth: 4, aliases: 2, directives: 2, fragments: 2, variables: 2, ..Limits::default() };
        check(text, &limits)
            .err()
            .map(|refusal| refusal.message.rsplit('.').next().unwrap_or_default().trim_end_matches('`').to_owned())
    }

    #[test]
    fn at_the_limit_passes_and_one_past_it_does_not() {
        let over = |name: &str| Some(name.to_owned());
        assert_eq!(limit("{a{a{a{a}}}}"), None);
        assert_eq!(limit("{a{a{a{a{a}}}}}"), over("depth"));
        assert_eq!(limit("{a(x:[[[[1]]]])}"), over("depth"));
        assert_eq!(limit("{a:b c:d e(f:1 g:{h:2})}"), None);
        assert_eq!(limit("{a:b c:d e:f}"), over("aliases"));
        assert_eq!(limit("{a#x\n:b c,:d e,#y\n,:f}"), over("aliases"), "what is ignored divides nothing");
        assert_eq!(limit("{a @b c @d}"), None);
        assert_eq!(limit("{a @b c @d @e}"), over("directives"));
        assert_eq!(limit("query($a:A $b:B=1){a(x:$a y:$b z:{x:$a})}"), None);
        assert_eq!(limit("query($a:A $b:B $c:C){a}"), over("variables"));
        assert_eq!(limit("query($a,:A $#x\nb:B $c#y\n:C){a}"), over("variables"));
        let fragments = |n: usize| format!("{{fragment}} {}", "fragment F on Q{a} ".repeat(n));
        assert_eq!((limit(&fragments(2)), limit(&fragments(3))), (None, over("fragments")));
        assert_eq!(
            (limit(&format!("{{{}}}", "a ".repeat(58))), limit(&format!("{{{}}}", "a ".repeat(59)))),
            (None, over("tokens"))
        );
    }
}
