//! Healthy days, on which no alert must fire.

use chronoscope::schema::Naming;

use super::{
    features::{FEATURES, Feature, picked},
    process::Via,
    random::Random,
    series::Series,
    setting::{Setting, Times},
};

/// Minutes of a day, without most of its quiet hours.
pub const MINUTES: usize = 270;

/// A day and its series.
pub struct Day {
    pub name: String,
    pub series: Series,
    pub minutes: usize,
}

/// The most series that a day may have.
const SERIES: usize = 200;

impl Day {
    pub fn new(name: String, series: Series, minutes: usize) -> Self {
        assert!(series.count() <= SERIES, "{name}: {}", series.count());
        Self {
            name,
            series,
            minutes,
        }
    }
}

/// Draws a day.
pub fn day(seed: u64, naming: Naming) -> Day {
    let mut random = Random::new(seed);
    let features = picked(seed, Some(random.between(0, FEATURES.len())), |_| true);
    let via = Via {
        naming,
        otlp: features.contains(&Feature::Otlp),
        kubernetes: features.contains(&Feature::Kubernetes),
    };
    let times = Times {
        night: 60,
        morning: 90,
        scaled_to_zero: 20..75,
        surge: 100..130,
        away: 70,
        daily: 140,
        at: random.between(80, 180),
    };
    let setting = Setting {
        features,
        via,
        times,
    };
    let mut fleet = setting.fleet(random, |_| {});
    for minute in 0..MINUTES {
        setting.minute(&mut fleet, minute);
        fleet.minute(minute);
    }
    let name = format!("{seed}: {}", setting.words());
    Day::new(name, fleet.series, MINUTES)
}
