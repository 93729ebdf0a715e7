//! stub docs

mod activity;
mod client;
pub mod execution;
mod layer;
#[cfg(feature = "logs")]
pub mod logs;
mod observability;
pub mod observe;
mod plugin;
pub mod replay;
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
mod worker;
mod workflow;

#[cfg(feature = "logs")]
pub use self::observability::InvalidLogFilter;
pub use self::{
    layer::ObservabilityLayer,
    observability::{Builder, InvalidEnv, Observability},
    plugin::ObservabilityPlugin,
};
