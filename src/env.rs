//! Reads environment variables: each module reads its own with this.
//!
//! An unusable value of one of chronoscope's own variables is an error. One of OpenTelemetry's, or of
//! `RUST_LOG`, is ignored with a warning, as OpenTelemetry's specification demands: telemetry never
//! keeps a worker from starting.

use std::{error::Error, fmt, str::FromStr};

/// Returns the text of a variable, without white space around it. An empty one counts as absent, as
/// OpenTelemetry specifies.
fn text(variable: &str) -> Option<String> {
    let text = std::env::var_os(variable)?;
    let text = text.to_string_lossy().trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// Reads a variable.
pub(crate) fn read<T: FromStr>(variable: &'static str) -> Result<Option<T>, InvalidEnv>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let Some(value) = text(variable) else {
        return Ok(None);
    };
    let parsed = value.parse().map(Some);
    parsed.map_err(|source| InvalidEnv::new(variable, value, source))
}

/// Returns whether a variable has a value.
pub(crate) fn is_set(variable: &str) -> bool {
    text(variable).is_some()
}

/// Returns the names of the variables that begin like this.
pub(crate) fn names(prefix: &'static str) -> impl Iterator<Item = String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(move |name| name.starts_with(prefix))
}

/// chronoscope's own variables.
pub(crate) mod own {
    pub(crate) const EMISSION: &str = "CHRONOSCOPE_EMISSION";
    pub(crate) const LOG_CONSOLE: &str = "CHRONOSCOPE_LOG_CONSOLE";
    pub(crate) const LOG_FORMAT: &str = "CHRONOSCOPE_LOG_FORMAT";
    pub(crate) const METRIC_NAMING: &str = "CHRONOSCOPE_METRIC_NAMING";
    pub(crate) const NAMESPACE_LABEL: &str = "CHRONOSCOPE_NAMESPACE_LABEL";
    pub(crate) const REPLAY: &str = "CHRONOSCOPE_REPLAY";

    pub(super) const PREFIX: &str = "CHRONOSCOPE_";
    pub(super) const ALL: [&str; 6] = [
        EMISSION,
        LOG_CONSOLE,
        LOG_FORMAT,
        METRIC_NAMING,
        NAMESPACE_LABEL,
        REPLAY,
    ];
}

/// Warnings about the environment, kept until a subscriber can receive them.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    said: Vec<String>,
    /// What is sent, by where.
    sent: Vec<(Vec<&'static str>, String)>,
    /// What is not sent, by why.
    unsent: Vec<(Vec<&'static str>, String)>,
    /// What to say if nothing is sent, nor was to be.
    #[cfg(feature = "otlp")]
    vain: Option<String>,
}

/// Adds to the list of what has the same reason or destination.
#[cfg(feature = "otlp")]
fn add(list: &mut Vec<(Vec<&'static str>, String)>, what: &'static str, same: String) {
    match list.iter_mut().find(|(_, known)| *known == same) {
        Some((whats, _)) if whats.contains(&what) => {}
        Some((whats, _)) => whats.push(what),
        None => list.push((vec![what], same)),
    }
}

impl Warnings {
    /// Reads a variable of OpenTelemetry's: one whose value can't be used counts as absent.
    pub(crate) fn read<T: FromStr>(&mut self, variable: &'static str) -> Option<T>
    where
        T::Err: Error + Send + Sync + 'static,
    {
        read(variable).unwrap_or_else(|error| {
            self.ignored(&error);
            None
        })
    }

    /// Returns the first of several variables that has a value that can be used.
    #[cfg(feature = "otlp")]
    pub(crate) fn first<T: FromStr>(
        &mut self,
        variables: &[&'static str],
    ) -> Option<(T, &'static str)>
    where
        T::Err: Error + Send + Sync + 'static,
    {
        let mut variables = variables.iter();
        variables.find_map(|variable| Some((self.read(variable)?, *variable)))
    }

    /// Says that a variable is ignored.
    pub(crate) fn ignored(&mut self, error: &InvalidEnv) {
        let InvalidEnv {
            variable,
            value,
            source,
        } = error;
        self.note(format!(
            "ignored environment variable {variable}={value:?}, and used the default: {}",
            chain(&**source)
        ));
    }

    /// Warns of variables that look like chronoscope's own and are not: they may be misspelt.
    pub(crate) fn unknown(&mut self) {
        for name in names(own::PREFIX).filter(|name| !own::ALL.contains(&&**name)) {
            self.note(format!(
                "unknown environment variable {name}: chronoscope reads {}",
                own::ALL.join(", ")
            ));
        }
    }

    /// Notes what to say. What several signals find is said once.
    pub(crate) fn note(&mut self, warning: String) {
        if !self.said.contains(&warning) {
            self.said.push(warning);
        }
    }

    /// Notes that something is not sent, and why. The same reason is said once.
    #[cfg(feature = "otlp")]
    pub(crate) fn unsent(&mut self, what: &'static str, why: String) {
        add(&mut self.unsent, what, why);
    }

    /// Notes where something is sent.
    #[cfg(feature = "otlp")]
    pub(crate) fn sent(&mut self, what: &'static str, endpoint: String) {
        add(&mut self.sent, what, endpoint);
    }

    /// Notes what to say unless the program itself sends something.
    #[cfg(feature = "otlp")]
    pub(crate) fn vain(&mut self, warning: String) {
        self.vain = Some(warning);
    }

    /// Says it, a line each.
    pub(crate) fn say(&mut self) {
        #[cfg(feature = "otlp")]
        if let Some(warning) = self.vain.take()
            && self.sent.is_empty()
            && self.unsent.is_empty()
        {
            self.note(warning);
        }
        for warning in self.said.drain(..) {
            tracing::warn!("{warning}");
        }
        for (whats, endpoint) in self.sent.drain(..) {
            tracing::info!(endpoint, "{} are sent by OTLP", listed(&whats));
        }
        for (whats, why) in self.unsent.drain(..) {
            tracing::warn!("{} are not sent: {why}", listed(&whats));
        }
    }
}

/// Returns a list in words.
pub(crate) fn listed<T: AsRef<str>>(all: &[T]) -> String {
    let all: Vec<_> = all.iter().map(AsRef::as_ref).collect();
    match &*all {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => all.concat(),
    }
}

/// Returns an error with its causes in one line, none of them twice.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// A yes or no, as OpenTelemetry spells them.
pub(crate) struct Flag(pub(crate) bool);

impl FromStr for Flag {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Self(true)),
            "false" => Ok(Self(false)),
            _ => Err(UnknownValue("true or false")),
        }
    }
}

/// The error of an environment variable whose value can't be used.
pub struct InvalidEnv {
    variable: &'static str,
    value: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl InvalidEnv {
    pub(crate) fn new(
        variable: &'static str,
        value: impl ToString,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            variable,
            value: value.to_string(),
            source: Box::new(source),
        }
    }
}

/// `Debug` shows the message, because `main` prints the error that it returns by `Debug`.
impl fmt::Debug for InvalidEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

impl fmt::Display for InvalidEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot use environment variable {}={:?}: correct the value or unset the variable",
            self.variable, self.value
        )
    }
}

impl std::error::Error for InvalidEnv {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// The error of parsing a setting from a text that is none of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue(pub(crate) &'static str);

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for UnknownValue {}
