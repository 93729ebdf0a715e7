//! What the server has accepted: what its answers say, and what comes of it.

mod answers;
mod beats;
mod closed;
mod failing;
mod killed;
mod last_line;
mod places;
mod races;
mod setting;
mod truth;
mod unheld;
