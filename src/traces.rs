//! Traces of requests (OpenTelemetry), sent to the collector that the standard `OTEL_…` variables name, and to nobody
//! where they name none. A trace says which route answered whom how and when: nothing of anyone's.

use crate::error::{Code, Refusal};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HeaderExtractor, HeaderInjector, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long the collector may take for a batch, where `OTEL_EXPORTER_OTLP_TIMEOUT` does not say.
const TAKES_WITHIN: Duration = Duration::from_secs(10);
/// How long what has not been sent yet may take when the server stops.
const FLUSHES_WITHIN: Duration = Duration::from_secs(3);

/// Makes traces, and sends them.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
}

/// One request, as its trace tells of it. In a box, since few requests have one.
pub struct Traced(Box<Context>);

impl Traces {
    /// As the environment wants it; `None`: it names no collector, or wants no traces.
    ///
    /// # Errors
    /// When it asks for what cannot be done.
    pub fn begin(environment: &[(String, String)]) -> Result<Option<Self>, Refusal> {
        let set = |name: &str| {
            let found = environment.iter().find(|(key, value)| key == name && !value.is_empty());
            found.map(|(_, value)| value.as_str())
        };
        let of_traces = |rest: &str| {
            set(&format!("OTEL_EXPORTER_OTLP_TRACES_{rest}")).or_else(|| set(&format!("OTEL_EXPORTER_OTLP_{rest}")))
        };
        let is_off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value != "otlp");
        if is_off || of_traces("ENDPOINT").is_none() {
            return Ok(None);
        }
        if let Some(protocol) = of_traces("PROTOCOL").filter(|protocol| *protocol != "http/protobuf") {
            let message = format!(
                "`OTEL_EXPORTER_OTLP_PROTOCOL` must be `http/protobuf`, the one that is spoken: not `{protocol}`"
            );
            return Err(Refusal::input("OTEL_EXPORTER_OTLP_PROTOCOL", message));
        }
        let within =
            of_traces("TIMEOUT").and_then(|text| text.parse().ok()).map_or(TAKES_WITHIN, Duration::from_millis);
        let wrong = |why: String| {
            Refusal::input("OTEL_EXPORTER_OTLP_ENDPOINT", format!("traces cannot be sent as `OTEL_…` says: {why}"))
        };
        let client = Client::new(within).map_err(|error| wrong(error.to_string()))?;
        let exporter = SpanExporter::builder().with_http().with_http_client(client).build();
        let exporter = exporter.map_err(|error| wrong(error.to_string()))?;
        let named = set("OTEL_SERVICE_NAME").is_some()
            || set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|text| text.contains("service.name="));
        let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let resource = if named { resource } else { resource.with_service_name("doorward") };
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
        let tracer = provider.tracer("doorward");
        Ok(Some(Self { provider, tracer, propagator: TraceContextPropagator::new() }))
    }

    /// A request begins: as a child of what its headers name, and what they lead to becomes a child of it.
    #[must_use]
    pub fn request(&self, method: &'static str, route: &'static str, number: &str, headers: &mut HeaderMap) -> Traced {
        let parent = self.propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let about = [
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route),
            KeyValue::new("doorward.request_id", number.to_owned()),
        ];
        let span =
            self.tracer.span_builder(format!("{method} {route}")).with_kind(SpanKind::Server).with_attributes(about);
        let context = parent.with_span(self.tracer.build_with_context(span, &parent));
        headers.remove("tracestate");
        self.propagator.inject_context(&context, &mut HeaderInjector(headers));
        Traced(Box::new(context))
    }

    /// Sends what has not been sent yet.
    pub async fn close(self: std::sync::Arc<Self>) {
        // The exporter has a thread of its own, which is waited for.
        let closed = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(FLUSHES_WITHIN)).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

impl Traced {
    /// Its answer begins.
    pub fn answered(self, status: StatusCode, code: Option<Code>) {
        let span = self.0.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if let Some(code) = code {
            span.set_attribute(KeyValue::new("error.type", code.as_str()));
        }
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// Sends batches from the exporter's thread, on the runtime of everything else.
#[derive(Debug)]
struct Client {
    inner: HyperClient<HttpsConnector<HttpConnector>>,
    runtime: Handle,
    /// Whether the last batch was not taken: said once, and once that they are again.
    failing: AtomicBool,
}

impl Client {
    fn new(within: Duration) -> std::io::Result<Self> {
        let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
        let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
        let inner = HyperClient::new(connector.https_or_http().enable_http1().build(), within, None);
        Ok(Self { inner, runtime: Handle::current(), failing: AtomicBool::new(false) })
    }

    fn note(&self, why: Option<String>) {
        match (why, self.failing.load(Ordering::Relaxed)) {
            (Some(why), false) => tracing::warn!(why, "the collector does not take traces"),
            (None, true) => tracing::info!("the collector takes traces again"),
            (Some(_), true) | (None, false) => return,
        }
        self.failing.fetch_xor(true, Ordering::Relaxed);
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let inner = self.inner.clone();
        let sent = self.runtime.spawn(async move { inner.send_bytes(request).await }).await;
        let sent = sent.map_err(HttpError::from).and_then(std::convert::identity);
        self.note(match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("status {}", response.status().as_u16())),
            Err(error) => Some(error.to_string()),
        });
        sent
    }
}
