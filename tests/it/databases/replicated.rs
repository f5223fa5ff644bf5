//! Two PostgreSQL servers, one the standby of the other, which can be killed and promoted.

use super::server::{binaries, free_port, keeper};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// Does what it reads, until the end of its input; then both servers go.
const KEEPER: &str = r#"
trap '' INT
bin=$1 dir=$2 first=$3 second=$4
serve() {
    "$bin/postgres" -D "$dir/$1" -p "$2" -k "$dir" -h 127.0.0.1 -c fsync=off </dev/null >>"$dir/log" 2>&1 &
    server=$!
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$2"; do
        kill -0 "$server" 2>/dev/null || { echo "postgres failed: $(tail -n 3 "$dir/log" | tr '\n' ' ')"; exit 1; }
        sleep 0.05
    done
}
"$bin/initdb" -D "$dir/first" --username=doorward --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/log" 2>&1
serve first "$first"; primary=$server
echo "$first"
while read -r what port; do
    case $what in
    copy)
        "$bin/pg_basebackup" -D "$dir/second" -R -X stream -c fast --no-sync \
            -d "host=127.0.0.1 port=$port user=doorward" >>"$dir/log" 2>&1
        chmod 700 "$dir/second"
        serve second "$second"; standby=$server
        echo "$second" ;;
    again) serve first "$first"; primary=$server; echo again ;;
    kill) kill -QUIT "$primary"; wait "$primary"; echo killed ;;
    promote) "$bin/pg_ctl" promote -w -D "$dir/second" >>"$dir/log" 2>&1; echo promoted ;;
    esac
done
kill -QUIT $primary $standby 2>/dev/null
wait
rm -rf "$dir"
"#;

/// The two servers. They go when this is dropped.
pub struct Replicated {
    shell: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The address of the primary.
    pub primary: String,
}

impl Replicated {
    /// Starts the primary.
    pub fn start() -> Self {
        let bin: PathBuf = binaries(&super::server::path()).expect("PostgreSQL's programs");
        let directory = tempfile::Builder::new().prefix("doorward-replicated-").tempdir().unwrap().keep();
        let mut shell = keeper(&directory);
        shell.arg("-c").arg(KEEPER).arg("sh").args([&bin, &directory]);
        shell.args([free_port().to_string(), free_port().to_string()]).current_dir("/");
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell can be started");
        let (input, output) = (shell.stdin.take(), BufReader::new(shell.stdout.take().expect("it is piped")));
        let mut servers = Self { shell, input, output, primary: String::new() };
        servers.primary = format!("127.0.0.1:{}", servers.said());
        servers
    }

    /// Makes the standby, which follows through this port; answers its address.
    pub fn standby_through(&mut self, port: u16) -> String {
        format!("127.0.0.1:{}", self.asked(&format!("copy {port}")))
    }

    /// Ends the primary on the spot.
    pub fn kill_primary(&mut self) {
        assert_eq!(self.asked("kill"), "killed");
    }

    /// Starts the primary that was ended.
    pub fn start_primary_again(&mut self) {
        assert_eq!(self.asked("again"), "again");
    }

    /// Makes the standby a primary.
    pub fn promote(&mut self) {
        assert_eq!(self.asked("promote"), "promoted");
    }

    fn asked(&mut self, words: &str) -> String {
        writeln!(self.input.as_mut().expect("it is open"), "{words}").unwrap();
        self.said()
    }

    fn said(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the shell says something");
        line.trim().to_owned()
    }
}

impl Drop for Replicated {
    fn drop(&mut self) {
        drop(self.input.take());
        let _gone = self.shell.wait();
    }
}
