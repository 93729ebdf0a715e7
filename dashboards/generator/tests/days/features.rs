//! The features by which the days of healthy fleets differ.

macro_rules! features {
    ($($feature:ident,)*) => {
        /// Something that a healthy fleet can have or do.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Feature {
            $($feature,)*
        }

        pub const FEATURES: [Feature; [$(stringify!($feature)),*].len()] = [$($feature,)*];
    };
}

features! {
    Deployment,
    ScaleToZero,
    QueueRenamed,
    SeveralReplicas,
    ScrapeGap,
    TargetAway,
    CronEachMinute,
    WorkflowADay,
    CompletedElsewhere,
    SlotsByResources,
    OneCallRefused,
    IdleNight,
    MondaysSurge,
    Kubernetes,
    Otlp,
    LongActivities,
    RunsTerminated,
    RetriesAsUsual,
    CollectorRestarted,
    OneTaskFailed,
    RunsThatSleep,
    ProcessRestarted,
    NoZeros,
    ReplicaAway,
    Relabelled,
    BatchQueue,
    LongBatch,
    SlowDrain,
    SurgeNearLimit,
}

use Feature::*;

impl Feature {
    /// Whether the first queue has more than one process during the day.
    pub fn adds_processes(self) -> bool {
        matches!(
            self,
            Deployment
                | ScaleToZero
                | QueueRenamed
                | SeveralReplicas
                | ReplicaAway
                | Relabelled
                | SlowDrain
        )
    }

    /// Whether the second queue runs a special kind of workflow.
    pub fn is_of_second(self) -> bool {
        matches!(self, CronEachMinute | WorkflowADay | RunsThatSleep)
    }

    /// Whether the first queue is busier than usual for a while, or all the time.
    fn is_load(self) -> bool {
        matches!(self, MondaysSurge | SurgeNearLimit | RetriesAsUsual)
    }

    /// Whether it has a third queue.
    pub fn is_batch(self) -> bool {
        matches!(self, BatchQueue | LongBatch)
    }

    /// Whether both fit into one day, whose number of series is limited, and whose slots suffice.
    fn fits(self, other: Self) -> bool {
        let both = |one: Self, other: Self| {
            one == SeveralReplicas && (other.is_of_second() || other.is_batch())
                || one.adds_processes() && other.adds_processes()
                || one.is_load() && (other.is_load() || other == LongActivities)
                || one.is_batch() && other.is_batch()
        };
        self != other && !both(self, other) && !both(other, self)
    }
}

/// Picks the features of a seed's day. Over as many days as there are features, each is picked at
/// least twice.
pub fn picked(seed: u64, third: Option<usize>, suits: impl Fn(Feature) -> bool) -> Vec<Feature> {
    let turn = usize::try_from(seed).unwrap();
    let count = FEATURES.len();
    let turns = [turn, turn * 7 + 3].into_iter().chain(third);
    let mut picked: Vec<Feature> = Vec::new();
    for turn in turns {
        let feature = FEATURES[turn % count];
        if suits(feature) && picked.iter().all(|one| one.fits(feature)) {
            picked.push(feature);
        }
    }
    picked
}
