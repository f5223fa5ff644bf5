//! `/metrics`: what was counted, in Prometheus' text format. All names stand here; docs/operation.md is held to them.
//! Labels have few values and all of them are ours: never a token, a user's name or anything that a client sent.

use super::requests::Requests;
use super::{App, process};
use crate::counts::{Cached, Durations, Measured};
use crate::gateway::Asked;
use crate::password::Pool;
use crate::storage::{Transactions, sql};
use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet, prometheus_text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long the database may take to tell its revision.
const WITHIN: Duration = Duration::from_secs(2);

/// What is shown, gathered for one answer.
#[derive(Debug)]
struct Page {
    connections: usize,
    requests: Arc<Requests>,
    api: Option<Arc<Asked>>,
    callers: Arc<Cached>,
    plans: Arc<Cached>,
    transactions: Arc<Transactions>,
    passwords: Pool,
    /// Whether what is written is kept.
    writable: bool,
    /// Whether this node may use what it remembers.
    holds_lease: bool,
    /// The last change that this node has heard of.
    heard: i64,
    /// The last change there was; `None`: the database does not answer.
    changed: Option<i64>,
    schema_revision: i64,
    /// When the server began, in seconds since 1970.
    started: f64,
    process: Option<process::Usage>,
}

/// Answers. `connections` are open at the public address.
pub(super) async fn answer(app: &App, connections: usize) -> Response<Body> {
    let cx = app.cx();
    let heard = cx.storage.heard();
    let changed =
        tokio::time::timeout(WITHIN, cx.storage.read(|tx| tx.one(sql!("select n from revision"), &[])?.get(0)));
    // What the system says is read from files of its own, one for each that is open.
    let process = tokio::task::spawn_blocking(process::usage);
    let page = Page {
        connections,
        requests: Arc::clone(&app.requests),
        api: app.api().map(|api| api.asked()),
        callers: app.door().await.callers.counts(),
        plans: Arc::clone(&app.doors.parts().plans),
        transactions: cx.storage.transactions(),
        passwords: cx.passwords.pool(),
        writable: cx.storage.is_writable(),
        holds_lease: cx.storage.holds_lease(),
        heard,
        changed: changed.await.ok().and_then(Result::ok),
        schema_revision: cx.schema_revision,
        started: app.started.0 as f64 / 1e6,
        process: process.await.ok().flatten(),
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(page));
    let mut text = String::new();
    // A `String` takes all that is written to it.
    let _written = prometheus_text::encode(&mut text, &registry);
    let mut response = Response::new(Body::from(text));
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, format);
    response
}

impl Collector for Page {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut on = Writer(encoder);
        on.gauges(
            "doorward_build_info",
            "1, with the version of the program",
            "version",
            [(env!("CARGO_PKG_VERSION"), 1)],
        )?;
        self.requests(&mut on)?;
        self.caches(&mut on)?;
        self.database(&mut on)?;
        on.gauge("doorward_passwords_running", "Passwords that are being hashed", self.passwords.running as u64)?;
        on.gauge(
            "doorward_passwords_waiting",
            "Passwords that wait for a core to be hashed",
            self.passwords.waiting as u64,
        )?;
        on.counter(
            "doorward_passwords_refused",
            "Passwords that were turned away, since too many waited",
            self.passwords.refused,
        )?;
        on.gauge("doorward_schema_revision", "The revision of the schema that is served", self.schema_revision)?;
        on.gauge("process_start_time_seconds", "When the server began, in seconds since 1970", self.started)?;
        self.process.iter().try_for_each(|usage| process_of(usage, &mut on))
    }
}

impl Page {
    fn requests(&self, on: &mut Writer<'_>) -> fmt::Result {
        on.gauge("doorward_connections", "Connections that are open at the public address", self.connections as u64)?;
        let codes = self.requests.by_code();
        on.counters("doorward_requests", "Requests that were answered, by what came of them", "code", codes)?;
        let routes = self.requests.by_route();
        let help = "How long it took until an answer began, in seconds";
        on.durations("doorward_request_duration_seconds", help, "route", routes)?;
        let none = Asked::default();
        let api = self.api.as_deref().unwrap_or(&none);
        on.counters(
            "doorward_api_requests",
            "Requests to the API behind, by what came of them",
            "outcome",
            api.by_outcome(),
        )?;
        let help = "How long it took until the API's answer began, in seconds";
        on.durations("doorward_api_request_duration_seconds", help, "", [("", &api.durations)])
    }

    fn caches(&self, on: &mut Writer<'_>) -> fmt::Result {
        let caches = [("callers", &*self.callers), ("plans", &*self.plans)];
        let hits = caches.map(|(name, cached)| (name, cached.hits.get()));
        let misses = caches.map(|(name, cached)| (name, cached.misses.get()));
        on.counters("doorward_cache_hits", "What was looked for in a cache and was there", "cache", hits)?;
        on.counters("doorward_cache_misses", "What was looked for in a cache and was not there", "cache", misses)
    }

    fn database(&self, on: &mut Writer<'_>) -> fmt::Result {
        let transactions = &self.transactions;
        on.gauge("doorward_database_up", "1: the database answers; 0: it does not", u64::from(self.changed.is_some()))?;
        let help = "1: what is written to the database is kept; 0: its disk is full or fails, or it is read-only";
        on.gauge("doorward_database_writable", help, u64::from(self.writable))?;
        let help = "1: this node knows what was taken away and serves; 0: it does not, and answers 503";
        on.gauge("doorward_lease_held", help, u64::from(self.holds_lease))?;
        let help = "Transactions that were asked for and have not begun";
        on.gauge("doorward_database_waiting", help, transactions.waiting())?;
        let help = "How long transactions waited until they began, in seconds";
        on.durations("doorward_database_wait_seconds", help, "", [("", &transactions.waits)])?;
        let help = "How long transactions took, with the wait before and the commit, in seconds";
        on.durations("doorward_database_transaction_duration_seconds", help, "kind", transactions.by_kind())?;
        on.gauge(
            "doorward_events_heard",
            "The number of the last change of powers that this node has heard of",
            self.heard,
        )?;
        let Some(changed) = self.changed else { return Ok(()) };
        let help = "Changes of powers that this node has not heard of yet";
        on.gauge("doorward_events_behind", help, (changed - self.heard).max(0))
    }
}

fn process_of(usage: &process::Usage, on: &mut Writer<'_>) -> fmt::Result {
    on.counter("process_cpu_seconds", "Time on processors, in seconds", usage.cpu_seconds)?;
    on.gauge("process_resident_memory_bytes", "Memory in use, in bytes", usage.resident_bytes)?;
    on.gauge("process_virtual_memory_bytes", "Addresses in use, in bytes", usage.virtual_bytes)?;
    on.gauge("process_threads", "Threads", usage.threads)?;
    on.gauge("process_open_fds", "Open file descriptors", usage.open_fds)?;
    on.gauge("process_max_fds", "File descriptors that may be open", usage.max_fds)
}

/// Writes metrics by name.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn metric(&mut self, name: &'static str, help: &str, kind: MetricType) -> Result<MetricEncoder<'_>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn gauge(&mut self, name: &'static str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.metric(name, help, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn gauges<const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        label: &str,
        values: [(&str, u64); N],
    ) -> fmt::Result {
        let mut metric = self.metric(name, help, MetricType::Gauge)?;
        values.iter().try_for_each(|(of, value)| metric.encode_family(&[(label, *of)])?.encode_gauge(value))
    }

    fn counter(&mut self, name: &'static str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        self.metric(name, help, MetricType::Counter)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }

    fn counters(
        &mut self,
        name: &'static str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> fmt::Result {
        let mut metric = self.metric(name, help, MetricType::Counter)?;
        values.into_iter().try_for_each(|(of, value)| {
            metric.encode_family(&[(label, of)])?.encode_counter::<NoLabelSet, _, f64>(&value, None)
        })
    }

    /// An empty label is none.
    fn durations<'d>(
        &mut self,
        name: &'static str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'static str, &'d Durations)>,
    ) -> fmt::Result {
        let mut metric = self.metric(name, help, MetricType::Histogram)?;
        values.into_iter().try_for_each(|(of, durations)| {
            let Measured { sum, count, buckets } = durations.measured();
            if label.is_empty() {
                return metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None);
            }
            metric.encode_family(&[(label, of)])?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
        })
    }
}
