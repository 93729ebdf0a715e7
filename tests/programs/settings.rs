//! How a program is observed, as data.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wiring {
    Wrap,
    Plugin,
    /// None at all: for a person who wants to know whether a fault is the SDK's.
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Grain {
    Full,
    Marker,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edges {
    Default,
    Parent,
    Link,
    Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How many runs a worker keeps.
    pub cache: usize,
    pub traces: bool,
    pub metrics: bool,
    pub wiring: Wiring,
    pub grain: Grain,
    pub edges: Edges,
    /// Whether messages of failures are hidden.
    pub hide: bool,
    /// Whether the filter is one for each layer.
    pub per_layer: bool,
    /// How many workers there are, of clones of the same options.
    pub workers: usize,
    /// Whether there is also a slow user interceptor.
    pub slow: bool,
    /// Whether activities are in a stack of layers.
    #[serde(default)]
    pub stack: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache: 0,
            traces: true,
            metrics: true,
            wiring: Wiring::Wrap,
            grain: Grain::Full,
            edges: Edges::Default,
            hide: false,
            per_layer: false,
            workers: 1,
            slow: false,
            stack: false,
        }
    }
}
