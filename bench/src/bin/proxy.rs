//! What forwarding alone costs: hyper hands each request on to the API over a connection that is kept, and its answer back as
//! it comes. Nothing is read, checked or left out but what HTTP says is meant for one connection.
//!
//! `proxy ADDRESS API`, where `API` is an address too.

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn forwarded(
    mut request: Request<Incoming>,
    client: Client<HttpConnector, Incoming>,
    api: Arc<str>,
) -> Fallible<Response<Incoming>> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::builder().scheme("http").authority(&*api).path_and_query(path).build()?;
    request.headers_mut().remove(CONNECTION);
    request.headers_mut().remove(HOST);
    let mut answer = client.request(request).await?;
    answer.headers_mut().remove(CONNECTION);
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (address, api) = arguments.next().zip(arguments.next()).expect("usage: proxy ADDRESS API");
    let api: Arc<str> = api.into();
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(256).build(connector);
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (client, api) = (client.clone(), Arc::clone(&api));
        let service = service_fn(move |request| forwarded(request, client.clone(), Arc::clone(&api)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
