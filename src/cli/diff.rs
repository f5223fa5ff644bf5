//! `doorward schema pull` and `doorward schema diff`: the schema of the API behind, taken in or looked at.

use super::output::{self, Output};
use super::serve::Upstream;
use super::{Desk, Settings};
use crate::error::{Error, Refusal};
use crate::gateway::diff::{Change, Criticality};
use crate::gateway::{Concern, Diff, Pulled};
use serde_json::{Value, json};

/// Takes in the API's schema as it is now.
pub async fn pull(upstream: Upstream, settings: &Settings, output: &Output) -> Result<(), Error> {
    let (desk, app) = Desk::with(settings, upstream.flags()).await?;
    if app.api().is_some_and(|api| !api.has_file()) {
        output::say("asking the API for its schema …");
    }
    let Some(Pulled { is_new, is_first, changes }) = app.pull(Some(&desk.operator)).await? else {
        return Err(no_api().into());
    };
    let cx = app.door().await;
    let by_name: Vec<String> = cx.surface.coordinates(&cx.surface.by_name_only()).collect();
    let mut lines = vec![match (is_new, is_first) {
        (false, _) => "the schema is as it was".to_owned(),
        (true, true) => "the schema was taken in".to_owned(),
        (true, false) => format!("the schema was taken in: {}", counted(&changes)),
    }];
    lines.extend(changes.iter().map(line));
    if !by_name.is_empty() {
        lines.push("opened by name only, never by a pattern:".to_owned());
        lines.extend(by_name.iter().map(|coordinate| format!("  {coordinate}")));
    }
    lines.extend(app.clashes().into_iter().map(|clash| format!("note: {clash}")));
    let items: Vec<Value> = changes.iter().map(change).collect();
    let clashes = app.clashes();
    let thing = json!({ "is_new": is_new, "items": items, "by_name_only": by_name, "clashes": clashes });
    Ok(output.answer(&lines.join("\n"), thing)?)
}

/// Says what a pull would bring, and whom it concerns; and what waits to be accepted.
pub async fn diff(upstream: Upstream, settings: &Settings, output: &Output) -> Result<(), Error> {
    let (_, app) = Desk::with(settings, upstream.flags()).await?;
    let Some(Diff { is_known, changes, concerns, waiting, waiting_for }) = app.diff().await? else {
        return Err(no_api().into());
    };
    let mut lines = Vec::new();
    if !is_known {
        lines.push("nothing is known of the API's schema yet: `doorward schema pull` takes it in".to_owned());
    } else if changes.is_empty() {
        lines.push("the API's schema is as it is known".to_owned());
    } else {
        lines.push(counted(&changes));
        lines.extend(changes.iter().map(line));
    }
    concerned("it concerns these grants:", &concerns, &mut lines);
    if !waiting.is_empty() {
        lines.push("closed to grants from before, until `doorward schema accept`:".to_owned());
        lines.extend(waiting.iter().map(|coordinate| format!("  {coordinate}")));
        concerned("accepting it would open it to these grants:", &waiting_for, &mut lines);
    }
    let thing = json!({
        "is_known": is_known,
        "items": changes.iter().map(change).collect::<Vec<_>>(),
        "concerns": concerns.iter().map(concern).collect::<Vec<_>>(),
        "waiting": waiting,
        "waiting_for": waiting_for.iter().map(concern).collect::<Vec<_>>(),
    });
    Ok(output.answer(&lines.join("\n"), thing)?)
}

fn no_api() -> Refusal {
    Refusal::input(
        "upstream.url",
        "this command does not know where the API is: name it by --upstream URL or `upstream.url`",
    )
}

fn counted(changes: &[Change]) -> String {
    let of = |criticality| changes.iter().filter(|change| change.criticality == criticality).count();
    let counts = [Criticality::Breaking, Criticality::Dangerous, Criticality::NonBreaking].map(of);
    format!("{} breaking, {} dangerous, {} other changes", counts[0], counts[1], counts[2])
}

fn line(change: &Change) -> String {
    format!("  {:<12} {:<32} {}", change.criticality.as_str(), change.kind, change.message)
}

fn change(change: &Change) -> Value {
    json!({
        "criticality": change.criticality.as_str(),
        "type": change.kind,
        "path": change.path,
        "message": change.message,
    })
}

fn concerned(head: &str, concerns: &[Concern], lines: &mut Vec<String>) {
    if concerns.is_empty() {
        return;
    }
    lines.push(head.to_owned());
    lines.extend(
        concerns.iter().map(|one| {
            format!("  {} {}, covered by {} of {} {}", one.what, one.coordinate, one.grant, one.of, one.name)
        }),
    );
}

fn concern(one: &Concern) -> Value {
    // For programs a token is its number, here as everywhere.
    let name = if one.of == "token" { one.name.split(' ').next().unwrap_or_default() } else { &one.name };
    json!({ "coordinate": one.coordinate, "change": one.what, "grant": one.grant, one.of: name })
}
