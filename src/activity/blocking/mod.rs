//! Activities that block their thread.

mod in_place;
mod park;
mod pool;
mod pooled;

pub(super) use self::park::block_on;
pub use self::{
    in_place::{Blocking, BlockingFuture, BlockingLayer, CurrentThreadRuntime},
    pool::Pool,
    pooled::{OnPool, Pooled},
};
