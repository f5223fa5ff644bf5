//! The page of operation names every metric, with its type and its labels, and no other.

use super::{code_spans, page};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Name, type and labels.
type Metrics = BTreeMap<String, (String, BTreeSet<String>)>;

/// A server that is ended when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped_already = self.0.wait();
    }
}

/// What the program shows.
fn shown() -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    command.current_dir(directory.path()).env_clear().stdin(Stdio::null()).stderr(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let mut said = BufReader::new(server.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let admin =
        said.find_map(|line| Some(line.strip_prefix("metrics are at http://")?.strip_suffix("/metrics")?.to_owned()));
    let mut stream = TcpStream::connect(admin.expect("it says where the metrics are")).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn metrics(text: &str) -> Metrics {
    let mut found = Metrics::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            found.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
        }
        let Some((name, labels)) = line.split_once('{').filter(|_| !line.starts_with('#')) else { continue };
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        let labels = labels.split_once('}').unwrap().0.split(',').map(|label| label.split('=').next().unwrap());
        let (_, known) = found.get_mut(family).unwrap_or_else(|| panic!("{line} has no type"));
        known.extend(labels.filter(|label| *label != "le").map(str::to_owned));
    }
    found
}

#[test]
fn every_metric_is_told_of_and_no_other() {
    let rows = page("docs/operation.md").rows(&["metric", "type", "labels", "what it is"]);
    let told: Metrics = rows
        .iter()
        .map(|row| (code_spans(&row[0]).swap_remove(0), (row[1].clone(), code_spans(&row[2]).into_iter().collect())))
        .collect();
    assert_eq!(told, metrics(&shown()));
}

#[test]
fn the_values_of_labels_are_told_of() {
    let rows = page("docs/operation.md").rows(&["metric", "type", "labels", "what it is"]);
    let codes: BTreeSet<&str> = doorward::error::Code::ALL.iter().map(|code| code.as_str()).collect();
    let mut seen = 0;
    for line in shown().lines().filter(|line| !line.starts_with('#') && line.contains('{')) {
        let (name, rest) = line.split_once('{').unwrap();
        let label = rest.split('}').next().unwrap().split(',').next().unwrap();
        let (key, value) = label.split_once('=').unwrap();
        let value = value.trim_matches('"');
        if ["le", "version"].contains(&key) || codes.contains(value) {
            continue;
        }
        let row = rows.iter().find(|row| name.starts_with(&code_spans(&row[0])[0])).unwrap();
        let kin = rows.iter().filter(|other| other[2] == row[2]);
        assert!(kin.flat_map(|row| code_spans(&row[3])).any(|span| span == value), "{name}: `{value}` is not told of");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
