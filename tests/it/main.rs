//! Doorward from outside, on both databases: one test binary.

#[cfg(test)]
#[macro_use]
mod databases;
#[cfg(test)]
mod accepting;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod app;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod browsers;
#[cfg(test)]
mod console;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod freshness;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod guessing;
#[cfg(test)]
mod hiding;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity_vectors;
#[cfg(test)]
mod lessons;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod program;
#[cfg(test)]
mod promised;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod revisions;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod users;
