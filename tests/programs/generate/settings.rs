//! Settings out of random numbers.

use proptest::prelude::*;

use crate::settings::{Edges, Emission, Grain, Sampled, Settings, Sink, Wiring};

fn edges() -> impl Strategy<Value = Edges> {
    prop_oneof![
        6 => Just(Edges::Default),
        1 => Just(Edges::Parent),
        1 => Just(Edges::Link),
        1 => Just(Edges::Root),
    ]
}

fn grain() -> impl Strategy<Value = Grain> {
    prop_oneof![6 => Just(Grain::Full), 2 => Just(Grain::Marker), 1 => Just(Grain::Off)]
}

fn often() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.85)
}

fn seldom() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

fn traces() -> impl Strategy<Value = Settings> {
    let sampled = prop_oneof![
        14 => Just(Sampled::All),
        1 => Just(Sampled::None),
        1 => Just(Sampled::Half),
    ];
    let own = prop_oneof![8 => Just(None), 1 => grain().prop_map(Some)];
    let edges = (edges(), edges(), edges());
    (often(), grain(), own, sampled, seldom(), edges).prop_map(
        |(traces, grain, own_grain, sampled, hide, (edges, signal_edges, again_edges))| Settings {
            traces,
            grain,
            own_grain,
            sampled,
            hide,
            edges,
            signal_edges,
            again_edges,
            ..Settings::default()
        },
    )
}

fn lines() -> impl Strategy<Value = (bool, Sink)> {
    let sink = prop_oneof![
        12 => Just(Sink::Own),
        2 => Just(Sink::Buffered),
        1 => Just(Sink::Blocked),
    ];
    (seldom(), sink)
}

pub fn settings() -> impl Strategy<Value = Settings> {
    let cache = prop_oneof![3 => Just(0), 1 => Just(1), 1 => Just(3), 2 => Just(1000)];
    let wiring = prop_oneof![4 => Just(Wiring::Wrap), 1 => Just(Wiring::Plugin)];
    let workers = prop_oneof![3 => Just(1usize), 1 => Just(2)];
    let emission = prop_oneof![Just(Emission::Immediate), Just(Emission::OnCommit)];
    let rare = || prop::bool::weighted(0.04);
    let around = (wiring, workers, cache, seldom(), seldom());
    let whole = (rare(), rare(), emission);
    (traces(), often(), lines(), around, whole).prop_map(
        |(traces, metrics, (per_layer, sink), around, (down, bare_first, emission))| {
            let (wiring, workers, cache, slow, stack) = around;
            Settings {
                metrics,
                per_layer,
                sink,
                wiring,
                workers,
                cache,
                slow,
                stack,
                down,
                bare_first,
                emission,
                ..traces
            }
        },
    )
}
