//! Checks that a rule reads every series of a day, and that every alternative in a rule's pattern is
//! played.

use std::collections::{BTreeMap, BTreeSet};

use chronoscope::schema::Naming;

use super::{
    JUDGED, MENDED, OTHERS,
    faults::{self, Fault},
    features::{FEATURES, Feature},
    healthy::{self, Day},
    random::Random,
    selectors::{Matcher, Selector, parts},
};
use crate::generate::{Faster, alerts};

/// The selectors of every rule, by its alert.
fn rules() -> Vec<(&'static str, Vec<Selector>)> {
    alerts::all()
        .map(|alert| {
            let expr = alert.expr(Naming::Prometheus, Faster::default());
            (alert.name, Selector::all(&expr))
        })
        .collect()
}

/// Healthy days, and those of faults.
fn days() -> (Vec<Day>, Vec<(Fault, Day)>) {
    let healthy = MENDED
        .seeds
        .map(|seed| healthy::day(seed, Naming::Prometheus));
    let (faults, days) = faults::days(faults::all(), MENDED.seeds.start, Naming::Prometheus);
    (healthy.collect(), faults.into_iter().zip(days).collect())
}

#[test]
fn every_series_of_a_day_is_read_by_a_rule() {
    let rules = rules();
    let (healthy, bad) = days();
    let mut idle = BTreeSet::new();
    for day in healthy.iter().chain(bad.iter().map(|(_, day)| day)) {
        for series in day.series.names() {
            let (name, labels) = parts(series);
            let mut selectors = rules.iter().flat_map(|(_, selectors)| selectors);
            if !selectors.any(|selector| selector.is_about(name, &labels)) {
                idle.insert(name.to_owned());
            }
        }
    }
    assert!(idle.is_empty(), "no rule reads {idle:#?}");
}

#[test]
fn every_alternative_of_every_pattern_is_played() {
    let (healthy, bad) = days();
    let all = || healthy.iter().chain(bad.iter().map(|(_, day)| day));
    // An alternative is played if one of the alert's selectors alike has it: some calls are short,
    // the others long, and the pattern names both.
    let mut played = BTreeMap::new();
    for (alert, selectors) in rules() {
        let own: Vec<_> = bad
            .iter()
            .filter(|(fault, _)| fault.alert == alert)
            .collect();
        for selector in selectors {
            for matcher in &selector.matchers {
                // How a bound is written is a matter of the way that metrics come, and what is not
                // wanted has alerts of its own.
                let anywhere = matcher.label == "le" || !matcher.wanted;
                for one in &matcher.alternatives {
                    let has = |day: &Day| {
                        day.series
                            .moving()
                            .any(|series| shows(series, &selector, matcher, one))
                    };
                    let found = match anywhere {
                        true => all().any(has),
                        false => own.iter().any(|(_, day)| has(day)),
                    };
                    let key = (alert, selector.labels(), matcher.label.clone(), one.clone());
                    *played.entry(key).or_insert(false) |= found;
                }
            }
        }
    }
    assert!(played.len() > 60, "{}", played.len());
    let missing: Vec<_> = played.iter().filter(|(_, played)| !**played).collect();
    assert!(missing.is_empty(), "not played: {missing:#?}");
}

/// Whether a series has an alternative of one matcher, and all that the others ask for.
fn shows(series: &str, selector: &Selector, matcher: &Matcher, alternative: &str) -> bool {
    let (name, labels) = parts(series);
    let mut others = selector.matchers.iter();
    selector.metric == name
        && labels
            .get(matcher.label.as_str())
            .is_some_and(|value| *value == alternative)
        && others.all(|other| other.label == matcher.label || other.fits(&labels))
}

#[test]
fn every_alert_has_a_fault_on_each_route_and_every_feature_has_faults() {
    let mut routes = BTreeSet::new();
    let mut features = BTreeMap::<_, usize>::new();
    let plans = [
        (faults::all(), MENDED.seeds.start),
        (faults::all(), JUDGED.seeds.start),
        (faults::one_each(), OTHERS.seeds.start),
    ];
    for (faults, start) in plans {
        for fault in faults {
            let seed = start + fault.turn;
            let setting = fault.setting(seed, &mut Random::new(seed), Naming::Prometheus);
            routes.insert((fault.alert, setting.via.otlp, setting.via.kubernetes));
            for feature in setting.features {
                *features.entry(format!("{feature:?}")).or_default() += 1;
            }
        }
    }
    for alert in alerts::all() {
        for (otlp, kubernetes) in [(false, false), (false, true), (true, false)] {
            // What is pushed has no `up` whose end could be seen.
            let blind = otlp && alert.name == "WorkerVanished";
            let route = (alert.name, otlp, kubernetes);
            assert_eq!(routes.contains(&route), !blind, "{route:?}");
        }
    }
    let all = FEATURES
        .iter()
        .filter(|one| !matches!(one, Feature::Otlp | Feature::Kubernetes));
    for feature in all {
        let count = features.get(&format!("{feature:?}")).copied();
        assert!(count.unwrap_or_default() >= 5, "{feature:?}: {count:?}");
    }
}
