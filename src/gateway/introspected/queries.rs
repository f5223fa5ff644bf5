//! What an API is asked of its schema. Does not read the answer.

/// Takes what is asked of the schema, of types, of lists of arguments and input fields, of each of these, and of
/// directives, beyond what every server knows.
macro_rules! query {
    ($schema:literal, $type:literal, $inputs:literal, $input:literal, $directive:literal) => {
        concat!(
            "query IntrospectionQuery { __schema { ",
            $schema,
            "queryType { name } mutationType { name } subscriptionType { name } types { ...FullType } ",
            "directives { name description locations ",
            $directive,
            "args",
            $inputs,
            " { ...Input } } } } fragment FullType on __Type { kind name description ",
            $type,
            "fields(includeDeprecated: true) { name description isDeprecated deprecationReason args",
            $inputs,
            " { ...Input } type { ...TypeRef } } inputFields",
            $inputs,
            " { ...Input } interfaces { name } possibleTypes { name } ",
            "enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } ",
            "fragment Input on __InputValue { name description defaultValue type { ...TypeRef } ",
            $input,
            "} fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ",
            "ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ",
            "ofType { kind name } } } } } } } } } }",
        )
    };
}

/// The queries to send, from the richest to the plainest: a server that does not know a field refuses the whole query,
/// and then the next one is tried.
///
/// 1. The specification of September 2025: `@oneOf`, deprecated arguments and input fields.
/// 2. Without `@oneOf`, which came last to most servers.
/// 3. With `@oneOf` and without deprecated inputs, for the servers that had it first.
/// 4. October 2021: descriptions of schemas, `@specifiedBy`, repeatable directives.
/// 5. October 2016 and June 2018: what every server knows.
pub const QUERIES: &[&str] = &[
    query!(
        "description ",
        "specifiedByURL isOneOf ",
        "(includeDeprecated: true)",
        "isDeprecated deprecationReason ",
        "isRepeatable "
    ),
    query!(
        "description ",
        "specifiedByURL ",
        "(includeDeprecated: true)",
        "isDeprecated deprecationReason ",
        "isRepeatable "
    ),
    query!("description ", "specifiedByURL isOneOf ", "", "", "isRepeatable "),
    query!("description ", "specifiedByURL ", "", "", "isRepeatable "),
    query!("", "", "", "", ""),
];
