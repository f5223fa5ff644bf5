//! Codes and reasons stand in one table.

use super::{inside, sources};
use doorward::error::{Code, Reason, Taken};

/// Where a word of the table means something else.
const ELSEWHERE: &[(&str, &str)] = &[("src/cli/token.rs", "USER_DISABLED")];

#[test]
fn no_code_is_spelt_outside_the_table() {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let all: Vec<&str> = codes.chain(reasons).chain(Taken::ALL.iter().map(|taken| taken.as_str())).collect();
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let file = inside(&path);
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        if file == "src/error/codes.rs" {
            continue;
        }
        let spelt = all.iter().filter(|code| product.contains(&format!("\"{code}\"")));
        let spelt = spelt.filter(|code| !ELSEWHERE.contains(&(file.as_str(), code)));
        wrong.extend(spelt.map(|code| format!("{file}: {code}")));
    }
    assert!(wrong.is_empty(), "take it from the table in src/error/codes.rs: {}", wrong.join("\n"));
}
