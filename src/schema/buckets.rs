//! Upper bounds of histograms' buckets, in seconds where they are durations.
//!
//! A quantile never exceeds the last finite bound, so an alert with a higher threshold can't fire.
//! The core's own bounds end below several thresholds that Temporal recommends; these don't, and
//! each alert threshold is a bound.

/// Waiting in a task queue: up to a day.
pub(super) const SCHEDULE_TO_START: &[f64] = &[
    0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0,
    7200.0, 14_400.0, 43_200.0, 86_400.0,
];

/// Long operations from start to end: up to 30 days.
pub(super) const END_TO_END: &[f64] = &[
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    14_400.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];

/// The work of one workflow task, which times out after ten seconds by default: up to a minute.
pub(super) const WORKFLOW_TASK: &[f64] = &[
    0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0,
];

/// One attempt of an activity: up to a day.
pub(super) const ACTIVITY: &[f64] = &[
    0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 14_400.0,
    43_200.0, 86_400.0,
];

/// A local activity, including retries: up to an hour.
pub(super) const LOCAL_ACTIVITY: &[f64] = &[
    0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0,
];

/// A Nexus operation or task: up to an hour.
pub(super) const NEXUS: &[f64] = LOCAL_ACTIVITY;

/// A gRPC call: up to 30 seconds.
pub(super) const REQUEST: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

/// A gRPC call, by OpenTelemetry's conventions: up to ten seconds.
pub(super) const RPC: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// A long poll, which the server ends after about a minute.
pub(super) const LONG_REQUEST: &[f64] =
    &[0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 50.0, 60.0, 70.0, 90.0];

/// Heartbeats: from a tenth of a second to an hour.
pub(super) const HEARTBEAT: &[f64] = &[
    0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
];

/// Attempts of an activity.
pub(super) const ATTEMPTS: &[f64] = &[1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0];

/// Events of a history: the server warns at 10,240 and ends the run at 51,200.
pub(super) const EVENTS: &[f64] = &[
    10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 5000.0, 10_240.0, 20_000.0, 40_000.0, 51_200.0,
];

/// Bytes of a history: the server warns at 10 MiB and ends the run at 50 MiB.
pub(super) const HISTORY_BYTES: &[f64] = &[
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    10_485_760.0,
    20_971_520.0,
    41_943_040.0,
    52_428_800.0,
];

/// Bytes of payloads: the server warns at 512 KiB and refuses 2 MiB.
pub(super) const PAYLOAD_BYTES: &[f64] = &[
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    131_072.0,
    262_144.0,
    524_288.0,
    1_048_576.0,
    1_572_864.0,
    2_097_152.0,
    4_194_304.0,
];
