//! One PostgreSQL for the whole test process: started when a test first needs it, gone when the process is.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A running server to use instead of starting one: its `postgres://` url, with the right to create databases.
const GIVEN: &str = "DOORWARD_TEST_POSTGRES";

/// Waits for the end of its input, which comes with the end of the test process, however that ends. Ctrl-C is
/// for the tests; this goes when they have gone.
const KEEPER: &str = r#"
trap '' INT
bin=$1 dir=$2 port=$3
"$bin/initdb" -D "$dir/data" --username=doorward --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || {
    echo "initdb failed: $(tail -n 3 "$dir/log" | tr '\n' ' ')"; exit 1; }
"$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -h 127.0.0.1 -c max_connections=500 -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off </dev/null >>"$dir/log" 2>&1 &
server=$!
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 "$server" 2>/dev/null || { echo "postgres failed: $(tail -n 3 "$dir/log" | tr '\n' ' ')"; exit 1; }
    sleep 0.05
done
echo ready
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$dir"
"#;

struct Server {
    url: String,
    /// Its input is held open for as long as the process lives.
    _keeper: Option<Child>,
}

/// The url of the server.
pub fn url() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(given_or_started).url.clone()
}

#[expect(clippy::disallowed_methods, reason = "tests are told of the machine they run on by the environment")]
fn given_or_started() -> Server {
    match std::env::var(GIVEN) {
        Ok(url) => Server { url, _keeper: None },
        Err(_) => start(&path()),
    }
}

/// Where programs are looked for.
#[expect(clippy::disallowed_methods, reason = "tests are told of the machine they run on by the environment")]
pub fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}

fn start(path: &str) -> Server {
    let bin = binaries(path).unwrap_or_else(|| {
        panic!("these tests need PostgreSQL: no initdb in PATH nor in /usr/lib/postgresql; install it or set {GIVEN}")
    });
    // Between our looking for a free port and the server's taking it someone else may: then once more.
    let mut complaint = String::new();
    for _ in 0..5 {
        let port = free_port();
        let directory = tempfile::Builder::new().prefix("doorward-postgres-").tempdir().unwrap().keep();
        let mut keeper = keeper(&directory);
        keeper.arg("-c").arg(KEEPER).arg("sh").args([&bin, &directory]).arg(port.to_string());
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).current_dir("/");
        let mut keeper = keeper.spawn().expect("a shell can be started");
        let mut said = String::new();
        let output = keeper.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut said).expect("the shell says something");
        if said.trim() == "ready" {
            return Server { url: format!("postgres://doorward@127.0.0.1:{port}/postgres"), _keeper: Some(keeper) };
        }
        complaint = said;
        keeper.wait().expect("a shell that has complained ends");
        let _already_gone = fs::remove_dir_all(&directory);
    }
    panic!("PostgreSQL does not start: {complaint}");
}

/// A shell. PostgreSQL refuses to run as root, so root lends the directory to someone else.
pub fn keeper(directory: &Path) -> Command {
    fs::set_permissions(directory, Permissions::from_mode(0o700)).unwrap();
    if fs::metadata(directory).unwrap().uid() != 0 {
        return Command::new("sh");
    }
    let (user, group) = unprivileged();
    chown(directory, Some(user), Some(group)).unwrap();
    let mut shell = Command::new("setpriv");
    shell.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into(), "sh".into()]);
    shell
}

fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let numbers = |name: &str| {
        let line = users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1).map(|field| field.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    numbers("postgres").or_else(|| numbers("nobody")).expect("a user `postgres` or `nobody` to run PostgreSQL as")
}

pub fn binaries(path: &str) -> Option<PathBuf> {
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    versions.sort_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    let installed = versions.iter().rev().map(|entry| entry.path().join("bin"));
    // A link in PATH may lead to where only initdb is linked: the place of the true file has the rest.
    let linked = path.split(':').filter_map(|place| fs::canonicalize(Path::new(place).join("initdb")).ok());
    let linked = linked.filter_map(|initdb| initdb.parent().map(Path::to_owned));
    linked.chain(installed).find(|bin| ["initdb", "postgres", "pg_isready"].iter().all(|name| bin.join(name).exists()))
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
