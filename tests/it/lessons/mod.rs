//! Bugs that befell others, by the number under which they are known here, each a test.

mod lifecycle;
