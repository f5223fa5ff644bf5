//! The gateway from outside: an API of our own behind a whole server, and what reaches it.

mod away;
mod behind;
pub mod broken;
mod by_name;
mod composing;
mod connections;
mod diff;
mod differential;
mod executor;
mod faults;
mod following;
mod forwarding;
mod header_values;
mod identity;
mod introspected;
mod large;
mod settings;
mod streams;
mod vectors;

pub use behind::{Behind, described, json};
pub use broken::Broken;

use crate::app::TestApp;
use crate::databases::Database;
use doorward::config::{Config, List};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// A small shop.
pub const SHOP: &str = "
    type Query { product(id: ID!): Product products(first: Int, filter: Filter): [Product!]! version: String! users: [User!] }
    type Mutation { addProduct(input: NewProduct!): Product dropProduct(id: ID!): Boolean ping: String! }
    type Subscription { productAdded: Product }
    type Product { id: ID! name: String! price: Float secret: String maker: User }
    type User { id: ID! email: String }
    input Filter { text: String max: Float }
    input NewProduct { name: String! price: Float note: String }";

/// A server before an API with this schema.
pub async fn before(database: Database, behind: &Behind, change: impl FnOnce(&mut Config)) -> TestApp {
    let (url, sdl) = (behind.url(), behind.sdl());
    let app = TestApp::with(database, |config| {
        config.upstream.url = Some(url);
        config.upstream.sdl = Some(sdl);
        change(config);
    })
    .await;
    app.pull().await;
    app.renewed()
}

/// A list as a setting holds it.
pub fn list(items: &[&str]) -> List {
    List(items.iter().map(|item| (*item).to_owned()).collect())
}

/// The same bytes, compressed with gzip.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written to");
    encoder.finish().expect("memory can be written to")
}
