//! What the server has accepted: what its answers say, and what comes of it.

mod answers;
mod beats;
mod closed;
mod corners;
mod failing;
pub mod gate;
mod killed;
mod last_line;
mod paged;
mod panics;
mod places;
mod queries_first;
mod races;
mod runs;
mod setting;
mod taken_for_live;
mod truth;
mod unheld;
