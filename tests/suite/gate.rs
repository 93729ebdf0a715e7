//! Every row of the gate's truth table.

use chronoscope::{
    execution::{
        Phase::{self, Evicting, Live, ReadOnly, Replaying},
        Policy::{self, Rebuild, Show, Suppress},
        Replay,
    },
    replay::{
        GatedSignal::{self, Log, Metric, SearchAttribute, SpanEnd, SpanOpen},
        Verdict::{self, Drop, Emit, Hold},
        admit,
    },
};

const PHASES: [Phase; 4] = [Live, Replaying, ReadOnly, Evicting];
const POLICIES: [Policy; 3] = [Suppress, Show, Rebuild];

/// Signal, then what is said under each policy in the phases live, replaying, read-only, evicting.
const TABLE: &[(GatedSignal, [[Verdict; 4]; 3])] = &[
    (
        Log,
        [
            [Emit, Drop, Emit, Drop],
            [Emit, Emit, Emit, Drop],
            [Emit, Drop, Emit, Drop],
        ],
    ),
    (
        Metric,
        [
            [Emit, Drop, Emit, Drop],
            [Emit, Drop, Emit, Drop],
            [Emit, Drop, Emit, Drop],
        ],
    ),
    (
        SpanOpen,
        [
            [Emit, Drop, Emit, Drop],
            [Emit, Drop, Emit, Drop],
            [Emit, Emit, Emit, Drop],
        ],
    ),
    (
        SpanEnd,
        [
            [Emit, Drop, Emit, Drop],
            [Emit, Drop, Emit, Drop],
            [Emit, Emit, Emit, Drop],
        ],
    ),
    (
        SearchAttribute,
        [
            [Emit, Emit, Drop, Drop],
            [Emit, Emit, Drop, Drop],
            [Emit, Emit, Drop, Drop],
        ],
    ),
];

#[test]
fn says_what_the_table_says() {
    let mut rows = 0;
    for (signal, verdicts) in TABLE {
        for (policy, verdicts) in POLICIES.into_iter().zip(verdicts) {
            for (phase, verdict) in PHASES.into_iter().zip(verdicts) {
                for held in [false, true] {
                    let replay = Replay {
                        phase,
                        policy,
                        held,
                        noted: held,
                    };
                    let said = admit(*signal, replay);
                    // A command is never held, and nothing but live code is.
                    let is_held = held && phase == Live && *signal != SearchAttribute;
                    let verdict = if is_held { Hold } else { *verdict };
                    assert_eq!(said, verdict, "{signal:?} in {phase:?} under {policy:?}");
                    rows += 1;
                }
            }
        }
    }
    assert_eq!(
        rows,
        GatedSignal::ALL.len() * PHASES.len() * POLICIES.len() * 2
    );
}
