//! A node whose clock is set, by an hour and in both directions. The machine's own clock is not touched: a few lines of C
//! between the program and its C library do it.

use super::{BACK_WITHIN, BOUND_WHATEVER_FAILS, Pair, asks, postgres, until};
use crate::program::figure;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Adds the seconds that stand in a file to what `CLOCK_REALTIME` says.
const SET_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static volatile long long *ahead;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("SET_CLOCK"), O_RDONLY);
    void *shared = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || shared == MAP_FAILED) abort();
    ahead = shared;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    int read = next(clock, now);
    if (read == 0 && clock == CLOCK_REALTIME && ahead) now->tv_sec += *ahead;
    return read;
}
"#;

struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Clock {
    fn in_directory(directory: &Path) -> Self {
        let (source, library) = (directory.join("clock.c"), directory.join("clock.so"));
        fs::write(&source, SET_CLOCK).unwrap();
        let made =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).arg("-ldl").status();
        assert!(made.expect("there is a C compiler: the build needs it too").success());
        let file = directory.join("ahead");
        fs::write(&file, 0i64.to_ne_bytes()).unwrap();
        Self { file, library }
    }

    fn set(&self, seconds: i64) {
        fs::OpenOptions::new().write(true).open(&self.file).unwrap().write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }
}

fn pair_with_clock(test: impl FnOnce(Pair, Clock)) {
    postgres(|database| {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::in_directory(directory.path());
        let pair = Pair::with(database, |program| {
            let library = clock.library.to_str().expect("a plain name");
            program.with("LD_PRELOAD", library).with("SET_CLOCK", clock.file.to_str().expect("a plain name"))
        });
        test(pair, clock);
    });
}

#[test]
fn a_node_whose_clock_is_moved_by_an_hour_goes_on_and_hears_of_revocations() {
    pair_with_clock(|pair, clock| {
        let (_, other) = pair.issue();
        for ahead in [3600, 0, -3600, 0] {
            let (id, secret) = pair.issue();
            let (last, revoked) = asks(&pair.there.http, &secret, || {
                clock.set(ahead);
                let revoked = pair.revoke(&id);
                until(&pair.there.http, &secret, BOUND_WHATEVER_FAILS, "TOKEN_REVOKED");
                revoked
            });
            let last = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(revoked));
            assert!(last < BOUND_WHATEVER_FAILS, "{ahead} s: {last:?}");
            let back = until(&pair.there.http, &other, BACK_WITHIN, "ada");
            figure(&format!(
                "clock set to {ahead} s ahead: last accepted {} ms after the revocation, sure again after {} ms",
                last.as_millis(),
                back.as_millis()
            ));
        }
    });
}

#[test]
fn a_node_whose_clock_is_set_back_while_it_is_cut_off_refuses_all_the_same() {
    pair_with_clock(|pair, clock| {
        let (id, secret) = pair.issue();
        let (last, revoked) = asks(&pair.there.http, &secret, || {
            pair.way.fall_silent();
            clock.set(-3600);
            let revoked = pair.revoke(&id);
            until(&pair.there.http, &secret, 2 * BOUND_WHATEVER_FAILS, "UNAVAILABLE");
            revoked
        });
        let last = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(revoked));
        assert!(last < BOUND_WHATEVER_FAILS, "{last:?}");
    });
}
