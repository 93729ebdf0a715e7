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

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Edges {
    #[default]
    Default,
    Parent,
    Link,
    Root,
}

/// Which traces are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Sampled {
    #[default]
    All,
    None,
    /// Those of every second workflow.
    Half,
}

/// What lines go through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Sink {
    /// The user's own layer, at once.
    #[default]
    Own,
    /// The crate's own layer.
    Buffered,
    /// The same, with a writer that takes nothing before the end.
    Blocked,
}

/// When signals of workflow code are emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Emission {
    #[default]
    Immediate,
    OnCommit,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How many runs a worker keeps.
    pub cache: usize,
    pub traces: bool,
    pub metrics: bool,
    pub wiring: Wiring,
    pub grain: Grain,
    /// The grain of the program's own type, if it has one.
    #[serde(default)]
    pub own_grain: Option<Grain>,
    /// Where the trace of a child belongs.
    pub edges: Edges,
    #[serde(default)]
    pub signal_edges: Edges,
    #[serde(default)]
    pub again_edges: Edges,
    #[serde(default)]
    pub sampled: Sampled,
    /// Whether messages of failures are hidden.
    pub hide: bool,
    /// Whether the filter is one for each layer.
    pub per_layer: bool,
    #[serde(default)]
    pub sink: Sink,
    /// Whether there are also collectors that nobody reaches.
    #[serde(default)]
    pub down: bool,
    /// How many workers there are, of clones of the same options.
    pub workers: usize,
    /// Whether there is also a slow user interceptor.
    pub slow: bool,
    /// Whether activities are in a stack of layers.
    #[serde(default)]
    pub stack: bool,
    /// Whether the first workers have nothing around them, and those that replace them have.
    #[serde(default)]
    pub bare_first: bool,
    #[serde(default)]
    pub emission: Emission,
}

impl Settings {
    /// How much of a program is traced.
    pub fn grain(&self) -> Grain {
        self.own_grain.unwrap_or(self.grain)
    }

    /// Whether each run has spans of its own.
    pub fn is_traced(&self) -> bool {
        self.traces && self.grain() == Grain::Full && self.sampled == Sampled::All
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache: 0,
            traces: true,
            metrics: true,
            wiring: Wiring::Wrap,
            grain: Grain::Full,
            own_grain: None,
            edges: Edges::Default,
            signal_edges: Edges::Default,
            again_edges: Edges::Default,
            sampled: Sampled::All,
            hide: false,
            per_layer: false,
            sink: Sink::Own,
            down: false,
            workers: 1,
            slow: false,
            stack: false,
            bare_first: false,
            emission: Emission::Immediate,
        }
    }
}
