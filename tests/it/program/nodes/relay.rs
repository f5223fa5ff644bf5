//! A way to a server that can be cut: what the network does to a node, done by a test.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// What becomes of what is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It arrives.
    Open,
    /// Nothing arrives, and nobody is told: a cable that was pulled.
    Silent,
    /// Connections are reset, new ones too: a server that was shut down.
    Broken,
}

/// Listens on an address of its own and passes everything on to another, while it is open.
pub struct Relay {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    to: Mutex<String>,
    way: Mutex<Way>,
    changed: Condvar,
    streams: Mutex<Vec<TcpStream>>,
}

impl Relay {
    /// An open way to `to`.
    pub fn to(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            to: Mutex::new(to.to_owned()),
            way: Mutex::new(Way::Open),
            changed: Condvar::new(),
            streams: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&accepting);
                thread::spawn(move || state.connect(stream.expect("somebody connects")));
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing arrives, on either side.
    pub fn fall_silent(&self) {
        self.state.set(Way::Silent);
    }

    /// From now on connections are reset.
    pub fn break_off(&self) {
        self.state.set(Way::Broken);
        for stream in self.state.streams.lock().unwrap().drain(..) {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
    }

    /// What was held back arrives, and what comes from now on.
    pub fn mend(&self) {
        self.state.set(Way::Open);
    }

    /// New connections lead there.
    pub fn lead_to(&self, to: &str) {
        to.clone_into(&mut self.state.to.lock().unwrap());
    }
}

impl State {
    fn set(&self, way: Way) {
        *self.way.lock().unwrap() = way;
        self.changed.notify_all();
    }

    /// Waits while nothing arrives; whether it may go on then.
    fn passes(&self) -> bool {
        let way = self.changed.wait_while(self.way.lock().unwrap(), |way| *way == Way::Silent).unwrap();
        *way == Way::Open
    }

    fn connect(self: Arc<Self>, here: TcpStream) {
        if !self.passes() {
            return;
        }
        let to = self.to.lock().unwrap().clone();
        // A server that is down resets the connection, and so does this by dropping it.
        let Ok(there) = TcpStream::connect(to) else { return };
        for stream in [&here, &there] {
            stream.set_nodelay(true).expect("a socket");
            self.streams.lock().unwrap().push(stream.try_clone().expect("a socket"));
        }
        let (from, into) = (here.try_clone().expect("a socket"), there.try_clone().expect("a socket"));
        let other = Arc::clone(&self);
        thread::spawn(move || other.copy(from, into));
        self.copy(there, here);
    }

    fn copy(&self, mut from: TcpStream, mut into: TcpStream) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(read) = from.read(&mut bytes)
            && read > 0
            && self.passes()
            && into.write_all(&bytes[..read]).is_ok()
        {}
        for stream in [from, into] {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
    }
}
