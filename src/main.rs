//! The `doorward` program: parses its command line and calls the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn main() -> ExitCode {
    doorward::cli::run(std::env::args_os().collect(), std::env::vars().collect())
}
