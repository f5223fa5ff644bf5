//! The quick tour of the README, run as it stands: from an empty directory and an API to a token that can do one query
//! and nothing else.

use super::{Block, page, run};
use crate::gateway::Behind;

/// The API of the tour.
const SHOP: &str = "
    type Query { products: [Product!]! }
    type Mutation { setPrice(name: String!, price: Float!): Product }
    type Product { name: String! price: Float supplier: Supplier }
    type Supplier { email: String }";
const URL: &str = "https://shop.example.com/graphql";
/// What the token cannot do.
const OTHERS: [&str; 4] = [
    "{ me { username } }",
    "{ products { name } }",
    "{ __schema { types { name } } }",
    "mutation { setPrice(name: \\\"Kettle\\\", price: 1) { name } }",
];
const HERE: &str = "http://127.0.0.1:8080";

/// The blocks of the tour.
fn blocks() -> Vec<Block> {
    let readme = page("README.md");
    let (before, rest) = readme.text.split_once("\n## The first five minutes\n").expect("there is a tour");
    let first = before.matches("```").count() / 2;
    let many = rest.split("\n## ").next().unwrap_or_default().matches("```").count() / 2;
    readme.blocks().into_iter().skip(first).take(many).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leads_from_an_api_to_a_token_that_can_do_one_query() {
    let directory = tempfile::tempdir().unwrap();
    let blocks = blocks();
    let answers: Vec<&str> =
        blocks.iter().filter(|block| block.language == "json").map(|block| block.text.trim()).collect();
    let [answer, refusal] = answers[..] else { panic!("the tour shows two answers: {answers:?}") };
    let behind = Behind::new(SHOP).await;
    behind.describes(SHOP, String::from(answer).leak());
    let mut commands = blocks.iter().filter(|block| block.language == "sh");
    let serve = commands.next().expect("the tour begins with a server");
    let arguments = serve.text.strip_prefix("make run ARGS=\"").and_then(|rest| rest.strip_suffix("\"\n"));
    let arguments = arguments.unwrap_or_else(|| panic!("{}: `{}` does not start a server", serve.at, serve.text));
    assert!(arguments.contains(URL), "{}", serve.at);
    let server = run::Served::start(directory.path(), &arguments.replace(URL, &behind.url()));
    let curl = |query: &str| {
        let body = format!("{{\"query\":\"{query}\"}}");
        let headers = "-H 'Content-Type: application/json' -H \"Authorization: Bearer $TOKEN\"";
        format!("curl --silent {}/graphql {headers} -d '{body}'\necho\n", server.url)
    };
    let mut script = String::new();
    for block in commands {
        // What the tour claims beyond what it shows.
        if block.text.contains("doorward token revoke") {
            script += "echo '== others'\n";
            script.extend(OTHERS.iter().map(|query| curl(query)));
        }
        script += &format!("echo '== {}'\n{}", block.at, block.text.replace(HERE, &server.url));
    }
    // The server hears of it within a second; it is asked until then.
    let again = curl("{ products { name price } }").replace("\necho\n", " > last.json");
    script +=
        &format!("echo '== revoked'\nuntil {again}; grep TOKEN_REVOKED last.json; do test $SECONDS -lt 30; done\n");
    let (ended, printed) = run::finish(run::shell(directory.path(), &script));
    assert_eq!(ended, Some(0), "{printed}\n{script}");
    let part = |name: &str| printed.split("== ").find(|part| part.starts_with(name)).unwrap_or_default();
    assert!(printed.contains(answer) && printed.contains(refusal), "{printed}");
    assert_eq!(part("others").matches("DOCUMENT_NOT_ALLOWED").count(), OTHERS.len(), "{printed}");
    assert!(part("revoked").contains("TOKEN_REVOKED"), "{printed}");
    let got = behind.got().into_iter().map(|got| got.query()).filter(|query| !query.contains("__schema"));
    let mut reached: Vec<String> = got.collect();
    reached.dedup();
    assert_eq!(reached, ["{ products { name price } }"], "{printed}");
    assert_eq!(server.stop(), Some(0));
}
