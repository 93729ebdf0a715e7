//! The error of a collector that can't be used.

use std::{error::Error, fmt};

use super::{Protocol, endpoint::Written};
use crate::env::{Warnings, chain};

/// The error of a collector that can't be used.
#[derive(Debug)]
pub struct OtlpError {
    pub(super) endpoint: Option<Written>,
    pub(super) protocol: Protocol,
    /// The variable with the unusable value.
    pub(super) variable: Option<&'static str>,
    pub(super) way_out: Option<&'static str>,
    pub(super) source: Box<dyn Error + Send + Sync>,
}

impl OtlpError {
    /// Returns the error if the program set the value. A value from the environment only causes a
    /// warning, and the worker starts.
    pub(crate) fn of_program(
        self,
        what: &'static str,
        warnings: &mut Warnings,
    ) -> Result<(), Self> {
        if self.variable.is_none() {
            return Err(self);
        }
        warnings.unsent(what, chain(&self));
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
