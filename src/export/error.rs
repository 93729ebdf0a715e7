use std::{error::Error, fmt};

use super::{Protocol, endpoint::Written};
use crate::env::{Warnings, chain};

/// The error of a collector that nothing can be sent to.
#[derive(Debug)]
pub struct OtlpError {
    pub(super) endpoint: Option<Written>,
    pub(super) protocol: Protocol,
    /// The variable that names what can't be used.
    pub(super) variable: Option<&'static str>,
    pub(super) way_out: Option<&'static str>,
    pub(super) source: Box<dyn Error + Send + Sync>,
}

impl OtlpError {
    /// Returns what the program asked for. What the environment did is a warning: the worker starts.
    pub(crate) fn of_program(self, what: &str, warnings: &mut Warnings) -> Result<(), Self> {
        if self.variable.is_none() {
            return Err(self);
        }
        warnings.note(format!("{what} are not sent: {}", chain(&self)));
        Ok(())
    }
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot send by OTLP")?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, " to {endpoint:?}")?;
        }
        if let Some(variable) = self.variable {
            write!(f, " as {variable} says")?;
        }
        let by_protocol = match self.protocol {
            Protocol::Grpc => "name a collector's gRPC endpoint, such as http://localhost:4317",
            Protocol::Http => "name a collector's HTTP endpoint, such as http://localhost:4318",
        };
        write!(f, ": {}", self.way_out.unwrap_or(by_protocol))
    }
}

impl Error for OtlpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
