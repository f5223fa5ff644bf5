//! Doorward from outside, on both databases: one test binary.

#[cfg(test)]
#[macro_use]
mod databases;
#[cfg(test)]
mod house;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod storage;
