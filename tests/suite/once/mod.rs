//! Each line once, on a real worker that forgets its runs at every task.

mod chatty;
mod handlers;
mod limits;
mod replayer;
