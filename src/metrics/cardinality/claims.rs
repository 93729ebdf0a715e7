//! The names of metrics and labels that are taken, so that no two collide in a sink.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use metrics::{Key, Unit};

use super::{
    CardinalityLimits,
    change::{Change, Refusal},
    grow::{Grow, Grows},
    names::{self, Kind},
    seen::Seen,
};
use crate::{
    metrics::LIMIT,
    schema::{Metric, MetricKind, Naming},
};

/// Every taken name in its comparable form, with its owner.
pub(super) struct Claims {
    taken: HashMap<String, Claim>,
    /// The number of metrics outside the catalogue.
    others: usize,
    /// The number of names that are taken for the units of metrics.
    described: usize,
    /// The metrics that have a description, recorded or not.
    descriptions: HashSet<String>,
    /// Names whose change or refusal was reported.
    reported: HashSet<(Box<str>, Kind)>,
}

enum Claim {
    Metric(Box<Claimed>),
    /// A name that a sink derives from a metric's, such as a histogram's `…_sum`, or one with its
    /// unit.
    PartOf(Arc<str>),
}

struct Claimed {
    /// The first spelling of the name.
    name: Arc<str>,
    kind: Kind,
    seen: Seen,
}

impl Claims {
    /// Reserves the names of the catalogue, so that no other metric can use them with another kind.
    pub(super) fn new(naming: Naming) -> Self {
        let mut claims = Self {
            taken: HashMap::new(),
            others: 0,
            described: 0,
            descriptions: HashSet::new(),
            reported: HashSet::new(),
        };
        for metric in Metric::ALL {
            let kind = match metric.kind() {
                MetricKind::Counter => Kind::Counter,
                MetricKind::Gauge => Kind::Gauge,
                MetricKind::Histogram => Kind::Histogram,
            };
            let name = metric.exported_name(naming);
            claims.take(names::identity(&name, kind), &name, kind);
        }
        claims
    }

    /// Returns whether a metric may have a description: sinks keep each one.
    pub(super) fn describe(&mut self, name: &str, kind: Kind, limits: &CardinalityLimits) -> bool {
        let identity = names::identity(name, kind);
        if self.descriptions.contains(&identity) {
            return true;
        }
        // Those of the catalogue come first.
        let most = limits.metrics.saturating_add(Metric::ALL.len());
        self.descriptions.len() < most && self.descriptions.insert(identity)
    }

    /// Takes the name that a metric gets in Prometheus by its unit; returns whether it is free.
    pub(super) fn take_with_unit(&mut self, name: &str, kind: Kind, unit: Unit) -> bool {
        let Some(identity) = names::with_unit(name, kind, unit) else {
            return true;
        };
        let mut all = names::taken(&identity, &identity, kind);
        all.push(identity);
        let is_free = |taken: &String| match self.taken.get(taken) {
            None => true,
            Some(Claim::PartOf(of)) => **of == *name,
            Some(Claim::Metric(_)) => false,
        };
        if !all.iter().all(is_free) || self.described >= LIMIT {
            return false;
        }
        let of = Arc::<str>::from(name);
        for taken in all {
            let claim = Claim::PartOf(of.clone());
            self.described += usize::from(self.taken.insert(taken, claim).is_none());
        }
        true
    }

    fn take(&mut self, identity: String, name: &str, kind: Kind) {
        let name = Arc::<str>::from(name);
        for taken in names::taken(&identity, &name, kind) {
            let claim = Claim::PartOf(name.clone());
            self.taken.entry(taken).or_insert(claim);
        }
        let seen = Seen::default();
        let claimed = Claimed { name, kind, seen };
        self.taken
            .insert(identity, Claim::Metric(Box::new(claimed)));
    }
}

/// The key to record under and its changes, or why nothing is recorded.
pub(super) type Admitted = Result<(Key, Vec<Change>), Refusal>;

impl Grow<'_, Claims> {
    /// Returns the key to record under, or why nothing is recorded.
    pub(super) fn admit(
        &mut self,
        key: &Key,
        kind: Kind,
        limits: &CardinalityLimits,
    ) -> Result<Admitted, Grows> {
        let asked = key.name();
        let identity = names::identity(&names::metric(asked), kind);
        if !self.taken.contains_key(&identity)
            && let Err(refusal) = self.found(&identity, asked, kind, limits)?
        {
            return Ok(Err(refusal));
        }
        let Some(claim) = self.taken.get(&identity) else {
            return Ok(Err(Refusal::TooMany));
        };
        let name = match claim {
            Claim::Metric(claimed) if claimed.kind == kind => claimed.name.clone(),
            _ => return Ok(Err(self.taken_already(asked, kind, claim.describe())?)),
        };
        let mut changes = Vec::new();
        let seen = self.part(
            |claims| claims.taken.get(&identity)?.seen(),
            |claims| claims.taken.get_mut(&identity)?.seen_mut(),
        );
        let Some(mut seen) = seen else {
            return Ok(Err(Refusal::TooMany));
        };
        let admitted = seen.admit(&name, key, limits, &mut changes)?;
        if *name != *asked && self.reports(asked, kind)? {
            changes.insert(0, Change::Metric(name));
        }
        Ok(Ok((admitted, changes)))
    }

    /// Takes the name of a new metric, if the limit allows it and the name is free.
    fn found(
        &mut self,
        identity: &str,
        asked: &str,
        kind: Kind,
        limits: &CardinalityLimits,
    ) -> Result<Result<(), Refusal>, Grows> {
        let name = names::metric(asked);
        let taken = names::taken(identity, &name, kind);
        let mut claims = taken.iter().filter_map(|taken| self.taken.get(taken));
        if let Some(of) = claims.next().map(Claim::describe) {
            return Ok(Err(self.taken_already(asked, kind, of)?));
        }
        if self.others >= limits.metrics {
            return Ok(Err(Refusal::TooMany));
        }
        let claims = self.grow()?;
        claims.others += 1;
        claims.take(identity.to_owned(), &name, kind);
        Ok(Ok(()))
    }

    fn taken_already(&mut self, asked: &str, kind: Kind, of: String) -> Result<Refusal, Grows> {
        let first = self.reports(asked, kind)?;
        Ok(Refusal::Taken { of, first })
    }

    /// Returns whether to report a name: once each, up to a limit.
    fn reports(&mut self, asked: &str, kind: Kind) -> Result<bool, Grows> {
        let name = (asked.into(), kind);
        if self.reported.len() >= LIMIT || self.reported.contains(&name) {
            return Ok(false);
        }
        Ok(self.grow()?.reported.insert(name))
    }
}

impl Claim {
    fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Metric(claimed) => Some(&claimed.seen),
            Self::PartOf(_) => None,
        }
    }

    fn seen_mut(&mut self) -> Option<&mut Seen> {
        match self {
            Self::Metric(claimed) => Some(&mut claimed.seen),
            Self::PartOf(_) => None,
        }
    }

    /// Describes the owner of a name.
    fn describe(&self) -> String {
        match self {
            Self::Metric(claimed) => format!("the {} `{}`", claimed.kind.name(), claimed.name),
            Self::PartOf(name) => format!("a series of `{name}`"),
        }
    }
}
