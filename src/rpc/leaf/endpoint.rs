//! The endpoint of a connection like the client's own, made from the public options.

use http::Uri;
use temporalio_client::{
    ConnectionOptions, DnsLoadBalancingOptions, TlsOptions,
    tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};

use crate::rpc::RefusedOption;

/// Returns the endpoint that the options describe.
pub(super) fn endpoint(options: &ConnectionOptions) -> Result<Endpoint, RefusedOption> {
    refuse(options)?;
    let mut endpoint = Endpoint::from_shared(options.target.to_string())
        .map_err(|error| RefusedOption::because("target", "name a URL with a host", error))?;
    if let Some(timeout) = options.connect_timeout {
        endpoint = endpoint.connect_timeout(timeout);
    }
    // The client's documentation says that an API key implies TLS.
    let by_default = TlsOptions::default();
    let keyed = options.api_key.is_some() && options.target.scheme() == "https";
    let tls = options.tls_options.as_ref();
    if let Some(tls) = tls.or(keyed.then_some(&by_default)) {
        endpoint = secured(endpoint, tls)?;
    }
    if let Some(keep_alive) = &options.keep_alive {
        endpoint = endpoint
            .keep_alive_while_idle(true)
            .http2_keep_alive_interval(keep_alive.interval)
            .keep_alive_timeout(keep_alive.timeout);
    }
    if let Some(origin) = options.override_origin.clone() {
        endpoint = endpoint.origin(origin);
    }
    Ok(endpoint)
}

/// Refuses options that a stack's connections can't honour.
fn refuse(options: &ConnectionOptions) -> Result<(), RefusedOption> {
    // The client balances by default, so the default is not an explicit choice.
    let balancing = options.dns_load_balancing.as_ref();
    if balancing.is_some_and(|asked| *asked != DnsLoadBalancingOptions::default()) {
        return Err(RefusedOption::new(
            "dns_load_balancing",
            "a stack does not balance by DNS; set it to `None` and the stack's `connections` to \
             more than one, or connect without a stack",
        ));
    }
    let Some(tls) = &options.tls_options else {
        return Ok(());
    };
    if tls.client_cert_resolver.is_some() {
        return Err(RefusedOption::new(
            "tls_options.client_cert_resolver",
            "a stack needs fixed certificates; use `client_tls_options`, or connect without a \
             stack",
        ));
    }
    if tls.server_cert_verifier.is_some() && tls.server_root_ca_cert.is_some() {
        return Err(RefusedOption::new(
            "tls_options.server_cert_verifier",
            "`server_root_ca_cert` is set too; set one of them",
        ));
    }
    Ok(())
}

/// Adds TLS as the client does.
fn secured(mut endpoint: Endpoint, tls: &TlsOptions) -> Result<Endpoint, RefusedOption> {
    let mut config = ClientTlsConfig::new();
    if let Some(domain) = &tls.domain {
        let origin: Uri = format!("https://{domain}")
            .parse()
            .map_err(|error| RefusedOption::because("tls_options.domain", "name a host", error))?;
        endpoint = endpoint.origin(origin);
        config = config.domain_name(domain);
    }
    if let Some(identity) = &tls.client_tls_options {
        config = config.identity(Identity::from_pem(
            &identity.client_cert,
            &identity.client_private_key,
        ));
    }
    if let Some(verifier) = &tls.server_cert_verifier {
        return endpoint
            .tls_config_with_verifier(config, verifier.clone())
            .map_err(RefusedOption::tls);
    }
    config = match &tls.server_root_ca_cert {
        // A root without a certificate would be accepted, and no server trusted.
        Some(root) if !holds(root, b"-----BEGIN CERTIFICATE-----") => {
            return Err(RefusedOption::new(
                "tls_options.server_root_ca_cert",
                "it has no certificate in PEM format",
            ));
        }
        Some(root) => config.ca_certificate(Certificate::from_pem(root)),
        None => config.with_native_roots(),
    };
    endpoint.tls_config(config).map_err(RefusedOption::tls)
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
