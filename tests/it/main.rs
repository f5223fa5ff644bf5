//! The one integration binary.

mod permission;
