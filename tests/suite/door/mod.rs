//! The front door, each case in a process of its own: what README's first program exports, what an
//! early end loses, what a failed `install` leaves behind, and who is told what was forgotten.

mod console;
mod early;
#[expect(clippy::disallowed_methods, reason = "a wait is measured")]
mod ended;
mod failed;
mod forgotten;
mod long;
mod precedence;
mod process;
mod readme;
mod records;
mod wire;
