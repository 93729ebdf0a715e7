//! The identity by which the server knows a worker, by the SDK's rules.

/// Returns the identity of a worker whose connection has this one.
pub(super) fn of_connection(identity: String) -> Option<Box<str>> {
    match identity.is_empty() {
        true => Some(by_default()),
        false => Some(identity.into()),
    }
}

/// Returns the identity of a worker that was given none.
#[cfg(feature = "introspect")]
fn by_default() -> Box<str> {
    let host = gethostname::gethostname();
    format!("{}@{}", std::process::id(), host.to_string_lossy()).into()
}

#[cfg(not(feature = "introspect"))]
fn by_default() -> Box<str> {
    Box::default()
}
