//! The one place that resolves settings: the program's, then the signal's own variable, then the
//! general one, then the default.

use std::{convert::Infallible, error::Error, path::PathBuf, str::FromStr, time::Duration};

use super::{
    Collector, OtlpError, Protocol,
    client::Answers,
    endpoint::{Adds, Endpoint, Reading, Schemeless, Written},
    headers::Headers,
    protocol::SaidCompression,
    settings::Settings,
    tls::{self, Pem, Tls},
    variables::{Millis, Variables},
};
use crate::env::{Flag, Warnings, read};

/// How long sending a batch may take by default.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long the SDK waits for it by default.
const PATIENCE: Duration = Duration::from_secs(30);

/// The value for no limit.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

impl Settings {
    /// Resolves the settings.
    ///
    /// # Errors
    ///
    /// [`OtlpError`] of a value that can't be used, with its variable, if it has one.
    pub(crate) fn of(
        collector: &Collector,
        signal: &'static Variables,
        warnings: &mut Warnings,
    ) -> Result<Self, OtlpError> {
        let protocol = warnings.first(&signal.protocol).map(|(said, _)| said);
        let protocol = collector.protocol.or(protocol).unwrap_or_default();
        let compression = warnings.first(&signal.compression);
        let compression = compression.and_then(|(SaidCompression(said), _)| said);
        let timeout = warnings.first(&signal.timeout);
        let timeout = timeout.map(|(Millis(said), _)| said);
        let timeout = limited(collector.timeout.or(timeout).unwrap_or(TIMEOUT));
        let patience = warnings.read(signal.patience);
        let patience = limited(patience.map_or(PATIENCE, |Millis(said)| said));
        let mut resolve = Resolve {
            collector,
            signal,
            protocol,
            endpoint: collector.endpoint.clone(),
            warnings,
        };
        let (endpoint, variable) = resolve.endpoint()?;
        let mut headers = resolve.headers()?;
        if let Some(userinfo) = &endpoint.userinfo {
            headers.authorize(userinfo);
        }
        let tls = match endpoint.is_tls {
            true => Some(resolve.tls(variable)?),
            false => None,
        };
        warnings.sent(signal.what, endpoint.shown.clone());
        Ok(Self {
            signal,
            endpoint,
            variable,
            protocol,
            headers,
            compression: collector.compression.or(compression),
            timeout,
            limit: timeout.min(patience),
            tls,
            answers: Answers::default(),
            resource: collector.resource(warnings),
        })
    }
}

/// Zero means no limit.
fn limited(time: Duration) -> Duration {
    if time.is_zero() { FOREVER } else { time }
}

/// A value, and the variable that it comes from, if any.
type Said<T> = (T, Option<&'static str>);

struct Resolve<'a> {
    collector: &'a Collector,
    signal: &'static Variables,
    protocol: Protocol,
    /// As it is written, once that is known.
    endpoint: Option<Written>,
    warnings: &'a mut Warnings,
}

impl Resolve<'_> {
    fn endpoint(&mut self) -> Result<Said<Endpoint>, OtlpError> {
        let [own, general] = self.signal.endpoint;
        let said = |variable| read::<Text>(variable).ok().flatten();
        let path = self.signal.path;
        let (written, variable, adds) = match (&self.collector.endpoint, said(own), said(general)) {
            (Some(written), ..) => (written.clone(), None, Adds::WithoutAnother),
            (_, Some(Text(text)), _) => (Written(text), Some(own), Adds::Never),
            (.., Some(Text(text))) => (Written(text), Some(general), Adds::Always),
            _ => (self.by_default(), None, Adds::Always),
        };
        let is_insecure = self.collector.is_insecure
            || matches!(
                self.warnings.first(&self.signal.insecure),
                Some((Flag(true), _))
            );
        let schemeless = match (is_insecure, variable) {
            (true, _) => Schemeless::Clear,
            (false, Some(_)) => Schemeless::Tls,
            // The program can write the scheme.
            (false, None) => Schemeless::Refused,
        };
        let reading = Reading {
            protocol: self.protocol,
            path: (self.protocol == Protocol::Http).then_some((path, adds)),
            schemeless,
        };
        let endpoint = reading.read(&written);
        self.endpoint = Some(written);
        let endpoint = endpoint.map_err(|error| self.failed(variable, error))?;
        Ok((endpoint, variable))
    }

    fn by_default(&self) -> Written {
        Written(match self.protocol {
            Protocol::Grpc => "http://localhost:4317".to_owned(),
            Protocol::Http => "http://localhost:4318".to_owned(),
        })
    }

    fn headers(&mut self) -> Result<Headers, OtlpError> {
        let mut headers = Headers::default();
        for variable in self.signal.headers.into_iter().rev() {
            let Ok(Some(Text(list))) = read(variable) else {
                continue;
            };
            let (read, wrong) = Headers::read(&list);
            headers.extend(read);
            for entry in wrong {
                let warnings = &mut self.warnings;
                warnings.note(format!(
                    "ignored in environment variable {variable}: {entry}"
                ));
            }
        }
        for (name, value) in &self.collector.headers.0 {
            if !headers.set(name, value) {
                let mut failed = self.failed(None, format!("{name:?} can't be sent as a header"));
                failed.way_out = Some("name headers and values of visible ASCII");
                return Err(failed);
            }
        }
        Ok(headers)
    }

    fn tls(&mut self, endpoint: Option<&'static str>) -> Result<Tls, OtlpError> {
        let (roots, variable) = match self.file(&self.collector.certificate, |s| s.certificate) {
            Some((file, variable)) => (tls::roots_in(&file), variable),
            None => (tls::roots_of_system(), endpoint),
        };
        let roots = roots.map_err(|error| OtlpError {
            way_out: Some(
                "name the file with the certificate of the collector's authority, in PEM, in \
                 OTEL_EXPORTER_OTLP_CERTIFICATE or SSL_CERT_FILE, or install the system's roots",
            ),
            ..self.failed(variable, error)
        })?;
        let (identity, variable) = self.identity()?;
        Tls::new(roots, identity).map_err(|error| self.no_identity(variable, error))
    }

    /// Returns this process's certificate, if it has one.
    fn identity(&mut self) -> Result<Said<Option<Pem>>, OtlpError> {
        let identity = self.collector.identity.as_ref();
        let code = identity.map(|(certificate, _)| certificate.clone());
        let certificate = self.file(&code, |signal| signal.client_certificate);
        let code = identity.map(|(_, key)| key.clone());
        let key = self.file(&code, |signal| signal.client_key);
        match (certificate, key) {
            (Some((certificate, variable)), Some((key, _))) => {
                let pem = Pem::read(&certificate, &key);
                let pem = pem.map_err(|error| self.no_identity(variable, error))?;
                Ok((Some(pem), variable))
            }
            (None, None) => Ok((None, None)),
            (Some((_, variable)), None) => {
                Err(self.no_identity(variable, "there is a certificate, but no key".into()))
            }
            (None, Some((_, variable))) => {
                Err(self.no_identity(variable, "there is a key, but no certificate".into()))
            }
        }
    }

    /// Returns a configured file.
    fn file(
        &mut self,
        by_program: &Option<PathBuf>,
        variables: impl Fn(&Variables) -> [&'static str; 2],
    ) -> Option<Said<PathBuf>> {
        if let Some(file) = by_program {
            return Some((file.clone(), None));
        }
        let (file, variable) = self.warnings.first(&variables(self.signal))?;
        Some((file, Some(variable)))
    }

    fn no_identity(
        &self,
        variable: Option<&'static str>,
        source: Box<dyn Error + Send + Sync>,
    ) -> OtlpError {
        OtlpError {
            way_out: Some(
                "name the files with this process's own certificate and its key, in PEM, in \
                 OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
            ),
            ..self.failed(variable, source)
        }
    }

    fn failed(
        &self,
        variable: Option<&'static str>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> OtlpError {
        OtlpError {
            endpoint: self.endpoint.clone(),
            protocol: self.protocol,
            variable,
            way_out: None,
            source: source.into(),
        }
    }
}

/// A value that is read unchanged and never shown.
struct Text(String);

impl FromStr for Text {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}
