//! What the server has accepted: what its answers say, and what comes of it.

mod closed;
mod truth;
