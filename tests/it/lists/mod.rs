//! Doorward's own lists: searched, sorted and paged the same on both databases, and only by what one may read.

mod compared;
mod judged;
mod linked;
mod statements;
