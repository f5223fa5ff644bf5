//! Doorward from outside, on both databases: one test binary.

#[cfg(test)]
#[macro_use]
mod databases;
#[cfg(test)]
mod app;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod house;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod program;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod storage;
