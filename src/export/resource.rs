//! The resource that describes this process, by OpenTelemetry's conventions.

use std::{collections::BTreeMap, env::consts, path::Path, sync::OnceLock};

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector as _, TelemetryResourceDetector},
};
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::Collector;
use crate::env::Warnings;

const NAME: &str = "service.name";

impl Collector {
    /// Returns the resource of sent telemetry: the program's attributes, then the environment's,
    /// then the detected ones.
    pub(crate) fn resource(&self, warnings: &mut Warnings) -> Resource {
        let mut all = of_process();
        // What is empty was not known to whoever set it: of two processes, it would make one.
        let of_environment = of_environment(warnings).into_iter();
        all.extend(of_environment.filter(|(_, value)| !value.as_str().is_empty()));
        let named = self.service_name.clone();
        // By OpenTelemetry's specification its own variable takes precedence over a `service.name`
        // among the attributes.
        let named = named.or_else(|| warnings.read("OTEL_SERVICE_NAME"));
        if let Some(name) = named.filter(|name| !name.is_empty()) {
            all.insert(NAME.into(), name.into());
        }
        all.extend(self.attributes.iter().cloned());
        let attributes = all.into_iter();
        let attributes = attributes.map(|(key, value)| KeyValue::new(key, value));
        Resource::builder_empty()
            .with_attributes(attributes)
            .build()
    }
}

/// The same in all signals of a process, and different in every process.
fn instance() -> &'static str {
    static INSTANCE: OnceLock<String> = OnceLock::new();
    INSTANCE.get_or_init(|| Uuid::new_v4().to_string())
}

fn of_process() -> BTreeMap<Key, Value> {
    let sdk = TelemetryResourceDetector.detect();
    let sdk = sdk.iter();
    let mut all: BTreeMap<Key, Value> = sdk
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut add = |key: &'static str, value: Value| drop(all.insert(key.into(), value));
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_name);
    let program = program.map(|name| name.to_string_lossy().into_owned());
    let unknown = "unknown_service".to_owned();
    add(
        NAME,
        match &program {
            Some(program) => format!("{unknown}:{program}").into(),
            None => unknown.into(),
        },
    );
    if let Some(program) = program {
        add("process.executable.name", program.into());
    }
    add("service.instance.id", instance().into());
    add("process.pid", i64::from(std::process::id()).into());
    add("os.type", os().into());
    add("host.arch", architecture().into());
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    if !host.is_empty() {
        add("host.name", host.into());
    }
    all
}

/// The conventions' names of operating systems that differ from Rust's.
fn os() -> &'static str {
    match consts::OS {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

/// The conventions' names of architectures that differ from Rust's.
fn architecture() -> &'static str {
    match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// Returns the environment's attributes: all, or none if a part can't be read, as the specification
/// requires.
fn of_environment(warnings: &mut Warnings) -> Vec<(Key, Value)> {
    const VARIABLE: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let said = warnings.read::<String>(VARIABLE).unwrap_or_default();
    let entries = said
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    let read = |entry: &str| {
        let (key, value) = entry.split_once('=')?;
        let decoded = |text: &str| {
            let text = percent_decode_str(text.trim()).decode_utf8();
            text.ok().map(std::borrow::Cow::into_owned)
        };
        let (key, value) = (decoded(key)?, decoded(value)?);
        (!key.is_empty()).then(|| (Key::from(key), Value::from(value)))
    };
    for (n, entry) in entries.clone().enumerate() {
        if read(entry).is_none() {
            warnings.note(format!(
                "ignored environment variable {VARIABLE}: entry {} of the list is no attribute; \
                 expected key=value,other=value with values percent-encoded",
                n + 1
            ));
            return Vec::new();
        }
    }
    entries.filter_map(read).collect()
}
