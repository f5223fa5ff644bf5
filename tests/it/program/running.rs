//! A server as a process: started, listened to, asked to stop or killed.

use super::http::Client;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that is not measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that answers; killed when dropped.
pub struct Running {
    /// Asks it.
    pub http: Client,
    /// What it has written to stderr so far.
    pub said: Said,
    /// What it has written to stdout so far.
    pub output: Said,
    child: Child,
}

impl Running {
    /// Starts it and waits until it says that it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let said = Said::from(child.stderr.take().expect("it is piped"));
        let output = Said::from(child.stdout.take().expect("it is piped"));
        let url = said.wait_for("`listening on`", |text| {
            text.lines().find_map(|line| line.strip_prefix("listening on ")).map(str::to_owned)
        });
        let address = url.split_once("://").expect("it is a URL").1;
        Self { http: Client::to(address), said, output, child }
    }

    /// `http://ADDRESS:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.http.address())
    }

    /// Its number among the processes.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does. Does not wait.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().expect("there is a `kill`");
        assert!(sent.success(), "the server is gone already");
    }

    /// Waits for its end, for `patience` at most.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let since = Instant::now();
        while since.elapsed() < patience {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it has not ended after {patience:?}; it said:\n{}", self.said.so_far());
    }

    /// Asks it to stop and waits until it has, well.
    pub fn stop(mut self) {
        self.terminate();
        let status = self.wait(PATIENCE);
        assert!(status.success(), "{status}: {}", self.said.so_far());
    }

    /// Ends it on the spot, by `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a process writes, as it comes.
#[derive(Clone)]
pub struct Said(Arc<(Mutex<String>, Condvar)>);

impl Said {
    fn from(stream: impl Read + Send + 'static) -> Self {
        let said = Self(Arc::default());
        let heard = said.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(stream);
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                let (text, news) = &*heard.0;
                text.lock().unwrap().push_str(&line);
                news.notify_all();
                line.clear();
            }
        });
        said
    }

    /// All of it so far.
    pub fn so_far(&self) -> String {
        self.0.0.lock().unwrap().clone()
    }

    /// Waits until `find` finds in it what it looks for.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let (text, news) = &*self.0;
        let mut found = None;
        let looking = |text: &mut String| {
            found = find(text);
            found.is_none()
        };
        let (text, _) = news.wait_timeout_while(text.lock().unwrap(), PATIENCE, looking).unwrap();
        found.unwrap_or_else(|| panic!("it never said {what}, but:\n{}", *text))
    }
}
