//! gRPC calls
mod bridge;
mod call;
mod ids;
mod layer;
mod leaf;
mod log;
mod message;
mod refused;
mod retries;
mod service;
mod signals;
mod status;
mod wire;

pub use self::{
    bridge::RpcBridge,
    layer::RpcLayer,
    message::{Request, Response, RpcService},
    refused::RefusedOption,
    retries::{Retries, RetryCall},
    service::{Rpc, RpcFuture},
};
