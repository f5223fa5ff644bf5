//! What this process uses of the machine, as the system says. Where it does not say, nothing is told.

/// What is used.
#[derive(Debug)]
pub(super) struct Usage {
    pub cpu_seconds: f64,
    pub resident_bytes: u64,
    pub virtual_bytes: u64,
    pub threads: i64,
    pub open_fds: u64,
    pub max_fds: u64,
}

/// What is used now.
#[cfg(target_os = "linux")]
pub(super) fn usage() -> Option<Usage> {
    use procfs::process::{LimitValue, Process};
    let process = Process::myself().ok()?;
    let stat = process.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    Some(Usage {
        cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
        resident_bytes: stat.rss * procfs::page_size(),
        virtual_bytes: stat.vsize,
        threads: stat.num_threads,
        open_fds: process.fd_count().ok()? as u64,
        max_fds: match process.limits().ok()?.max_open_files.soft_limit {
            LimitValue::Value(most) => most,
            LimitValue::Unlimited => u64::MAX,
        },
    })
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
pub(super) const fn usage() -> Option<Usage> {
    None
}
