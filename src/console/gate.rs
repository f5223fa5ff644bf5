//! Pages before the door: signing in, setting up, and what is said to those who may not go on.

use super::assets;
use super::frame::icon;
use super::visit::Doors;
use askama::filters::Safe;

/// What stands around a page for somebody who is not signed in.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The page's title.
    pub title: &'static str,
    /// The folder of style, scripts and icons.
    pub assets: String,
    /// What this is the door of: the API's host, or this server's.
    pub host: String,
    /// Whether the page needs more room than a sign-in.
    pub wide: bool,
}

impl Gate {
    /// Around a page of these doors.
    #[must_use]
    pub fn new(doors: &Doors, title: &'static str) -> Self {
        let own = doors.public_url();
        let own = own.split_once("://").map_or(own, |(_, rest)| rest);
        let behind = super::frame::Behind::of(doors);
        let host = behind.map_or_else(|| own.split('/').next().unwrap_or(own).to_owned(), |behind| behind.host);
        Self { title, assets: assets::folder(), host, wide: false }
    }

    /// The same with more room.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// An icon.
    #[must_use]
    pub fn icon(&self, name: &str) -> Safe<String> {
        icon(&self.assets, name)
    }
}
