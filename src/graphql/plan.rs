//! The plan of an operation: parsed, validated and measured once for each (text, operation name), and kept.
//! Knows nothing of who asks.

use super::attributes::Attributes;
use super::halves::{Half, Halves};
use super::introspection::Shaped;
use super::one_of::OneOf;
use super::own_part::{self, OwnPart};
use super::{limits, literals, strangers};
use crate::config::Limits;
use crate::counts::Cached;
use crate::documents::{normal, white_space};
use crate::error::{Code, Refusal};
use crate::gateway::ApiPart;
use crate::permission::{Needs, Surface};
use crate::secret::Digest;
use apollo_compiler::ast;
use apollo_compiler::executable::{ExecutableDocument, Operation, OperationType};
use apollo_compiler::parser::Parser;
use apollo_compiler::response::{GraphQLError, JsonMap};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Node, Schema};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::{Arc, OnceLock};

/// How many bytes of documents are kept as plans. A plan takes some sixty times its document's size.
const KEPT_BYTES: u64 = 256 * 1024;
/// How many documents that comes to, about; it says into how many parts the cache is divided, each with its own lock. The
/// longest document that is kept has to fit into one part.
const ABOUT: usize = 128;
/// Plans of longer documents are not kept: what is asked again and again is short.
const LONGEST_KEPT: usize = 16 * 1024;

/// How many errors of one document are told.
const ERRORS_TOLD: usize = 20;

/// Why there is no plan.
#[derive(Debug)]
pub enum NoPlan {
    /// One refusal: a limit, an operation that cannot be told.
    Refusal(Refusal),
    /// What the parser or the validation says, error by error.
    Errors(Code, Vec<GraphQLError>),
}

impl From<Refusal> for NoPlan {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// What is known of an operation before anybody asks for it.
#[derive(Debug)]
pub struct Plan {
    /// The judged document and the operation in it.
    pub document: Valid<ExecutableDocument>,
    /// The operation.
    pub operation: Node<Operation>,
    /// What it needs.
    pub needs: Needs,
    /// What it searches and sorts own lists by.
    pub attributes: Attributes,
    /// Whether it signs in and does nothing else: then it is a stranger's, whatever credential comes with it.
    pub signs_in: bool,
    /// Whether it asks for `__schema` or `__type`.
    pub introspects: bool,
    /// The variables whose values `@oneOf` has a rule for.
    pub one_of: Box<[Name]>,
    /// Who answers which of its root fields.
    pub halves: Halves,
    /// What goes on to the API behind; `None`: nothing.
    pub api: Option<ApiPart>,
    /// What the executor of own fields runs, before the API and after it; `None`: nothing. Where `own_varies`, with
    /// nothing skipped by a variable.
    pub own: [Option<OwnPart>; 2],
    /// Whether a variable decides what of it is skipped.
    pub own_varies: bool,
    /// The digest of the document's normal form, once a token that is held to documents has asked for it.
    normal: OnceLock<Digest>,
}

impl Plan {
    /// The digest of the form in which documents are compared.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.normal.get_or_init(|| Digest::of(&normal(&self.document)))
    }

    /// Whether the API answers all of it, so that its answer goes on as it comes.
    #[must_use]
    pub fn is_passed_on(&self) -> bool {
        self.api.is_some() && !self.introspects && self.halves.are_one()
    }

    /// Whether it asks for the schema and nothing else.
    #[must_use]
    pub fn only_introspects(&self) -> bool {
        self.introspects && self.api.is_none() && self.own.iter().all(Option::is_none)
    }

    /// Whether the operation may change something.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.operation.operation_type == OperationType::Mutation
    }

    /// Whether the operation goes on answering.
    #[must_use]
    pub fn is_subscription(&self) -> bool {
        self.operation.operation_type == OperationType::Subscription
    }
}

/// The plans, by text and operation name.
#[derive(Debug)]
pub struct Plans {
    kept: Cache<String, Arc<Plan>, Length>,
    counts: Arc<Cached>,
}

/// What a plan weighs: its document, and something for itself.
#[derive(Debug, Clone)]
struct Length;

impl Weighter<String, Arc<Plan>> for Length {
    fn weight(&self, text: &String, _: &Arc<Plan>) -> u64 {
        text.len() as u64 + 64
    }
}

impl Default for Plans {
    fn default() -> Self {
        Self::counted(Arc::default())
    }
}

impl Plans {
    /// None yet; whether one is there when it is asked for is counted here.
    #[must_use]
    pub fn counted(counts: Arc<Cached>) -> Self {
        Self { kept: Cache::with_weighter(ABOUT, KEPT_BYTES, Length), counts }
    }

    /// The plan of an operation, kept or made now and kept. For callers with a live credential: strangers must not
    /// fill the cache.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub fn of(
        &self,
        surface: &Surface,
        limits: &Limits,
        text: &str,
        operation: Option<&str>,
    ) -> Result<Arc<Plan>, NoPlan> {
        // NUL cannot stand in a GraphQL document, so no two pairs make one key.
        let named = operation.map(|name| format!("{text}\0{name}"));
        self.keep(named.as_deref().unwrap_or(text), text, || make(surface, limits, text, operation))
    }

    /// The same for who sees only `shaped`: what is wrong with the document is what is wrong with it there.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub fn as_seen(
        &self,
        surface: &Surface,
        shaped: &Shaped,
        limits: &Limits,
        text: &str,
        operation: Option<&str>,
    ) -> Result<Arc<Plan>, NoPlan> {
        let key = match operation {
            Some(name) => format!("{text}\0{name}\0{}", shaped.number()),
            None => format!("{text}\0{}", shaped.number()),
        };
        self.keep(&key, text, || made(surface, Some(shaped.asked()), limits, text, operation))
    }

    fn keep(&self, key: &str, text: &str, make: impl FnOnce() -> Result<Plan, NoPlan>) -> Result<Arc<Plan>, NoPlan> {
        if let Some(plan) = self.kept.get(key) {
            self.counts.hits.add();
            return Ok(plan);
        }
        self.counts.misses.add();
        let plan = Arc::new(make()?);
        if text.len() <= LONGEST_KEPT {
            self.kept.insert(key.to_owned(), Arc::clone(&plan));
        }
        Ok(plan)
    }
}

/// Parses a document, its limits first.
///
/// # Errors
/// A limit that was passed, or where it does not parse.
pub fn parse(limits: &Limits, text: &str) -> Result<ast::Document, NoPlan> {
    let text = white_space::plain(text);
    limits::check(&text, limits)?;
    Parser::new()
        .token_limit(limits.tokens.saturating_mul(2).saturating_add(2))
        .recursion_limit(limits.depth.saturating_mul(8).max(200))
        .parse_ast(&*text, "")
        .map_err(|error| NoPlan::Errors(Code::ParseFailed, errors(&error.errors)))
}

/// Makes the plan of an operation.
///
/// # Errors
/// What is wrong with the document.
pub fn make(surface: &Surface, limits: &Limits, text: &str, operation: Option<&str>) -> Result<Plan, NoPlan> {
    made(surface, None, limits, text, operation)
}

/// Where only a part is seen, the whole document has to be valid there first (permission rule 31); by the law it is
/// then valid in full.
fn made(
    surface: &Surface,
    seen: Option<&Valid<Schema>>,
    limits: &Limits,
    text: &str,
    operation: Option<&str>,
) -> Result<Plan, NoPlan> {
    let parsed = parse(limits, text)?;
    if strangers::root_fields(&parsed, operation) > limits.root_fields {
        return Err(limits::passed("root_fields").into());
    }
    if let Some(field) = literals::repeated_field(&parsed) {
        let message = format!("the input field `{field}` is given twice in one object");
        return Err(Refusal::new(Code::ValidationFailed, message).into());
    }
    let invalid = |list: &DiagnosticList| NoPlan::Errors(Code::ValidationFailed, errors(list));
    if let Some(seen) = seen {
        parsed.to_executable_validate(seen).map_err(|error| invalid(&error.errors))?;
    }
    let document = parsed.to_executable_validate(surface.schema()).map_err(|error| match seen {
        None => invalid(&error.errors),
        Some(_) => {
            tracing::error!("a document that is valid on what its caller sees is not valid in full");
            Refusal::new(Code::ValidationFailed, "this document cannot be run").into()
        }
    })?;
    if let Some(refused) = surface.refused_directives(&document).first() {
        return Err(Refusal::new(Code::ValidationFailed, refused.to_string()).into());
    }
    let chosen = document
        .operations
        .get(operation)
        .map_err(|_| Refusal::new(Code::ValidationFailed, which_operation(&document, operation)))?;
    limits::check_written_out(&document, chosen, limits)?;
    let signs_in = strangers::signs_in(surface, &parsed, operation);
    if strangers::sign_ins(surface, &parsed, operation) > 1 {
        return Err(
            Refusal::new(Code::BadRequest, "one sign-in in an operation: more would be guessing in bulk").into()
        );
    }
    let needs = surface.needs(&document, chosen);
    let attributes = Attributes::of(surface, &document, chosen);
    let introspects = own_part::introspects(&document, chosen);
    let own_varies = own_part::varies(&document, chosen);
    let one_of = match OneOf::of(surface.schema(), chosen) {
        Some(rule) => {
            rule.check(&document)?;
            rule.variables()
        }
        None => Box::default(),
    };
    let halves = Halves::of(surface, &document, chosen)?;
    let api = halves.api_part(surface, &document, chosen);
    let part = |half| own_part::of(&document, chosen, &JsonMap::new(), &|field| halves.is_in(half, field));
    let own = [part(Half::First)?, part(Half::Last)?];
    let (operation, normal) = (chosen.clone(), OnceLock::new());
    Ok(Plan {
        operation,
        needs,
        attributes,
        signs_in,
        introspects,
        one_of,
        halves,
        api,
        own,
        own_varies,
        normal,
        document,
    })
}

fn which_operation(document: &ExecutableDocument, asked: Option<&str>) -> String {
    let names: Vec<&str> = document.operations.named.keys().map(|name| name.as_str()).collect();
    match asked {
        Some(asked) => format!("the document has no operation named `{asked}`"),
        None if document.operations.len() > 1 => {
            format!("the document has several operations: say which by `operationName` ({})", names.join(", "))
        }
        None => "the document has no operation".into(),
    }
}

fn errors(list: &DiagnosticList) -> Vec<GraphQLError> {
    list.iter().take(ERRORS_TOLD).map(|diagnostic| diagnostic.to_json()).collect()
}
