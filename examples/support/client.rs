//! Connects a client, with errors that say what to do.

use std::time::Duration;

use anyhow::{Context as _, Error, Result, bail, ensure};
use chronoscope::Observability;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url,
    tonic::{Code, Request, Status},
};
use temporalio_common::{
    data_converters::{
        DataConverter, DefaultFailureConverter, DefaultPayloadCodec, PayloadCodec, PayloadConverter,
    },
    protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest,
};
use tokio::time::timeout;
use tower::Layer as _;

use super::{Flags, Journal};

/// How long to wait for the server's first response.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connects a client, with errors that say what to do.
pub(super) async fn connect(
    address: &str,
    flags: &Flags,
    observability: &Observability,
    journal: Option<&Journal>,
    around: impl FnOnce(ConnectionOptions) -> Result<ConnectionOptions>,
) -> Result<Client> {
    let namespace = &*flags.namespace;
    let layer = observability.layer();
    let mut options = ClientOptions::new(namespace)
        .data_converter(flags.data_converter(observability)?)
        .build();
    if let Some(journal) = journal {
        journal.of_client(&mut options);
    }
    let options = layer.layer(options);
    ensure!(
        !address.contains("://"),
        "bad address {address:?}: expected HOST:PORT, without a scheme"
    );
    let url = Url::parse(&format!("http://{address}"))
        .with_context(|| format!("bad address {address:?}: expected HOST:PORT"))?;
    let connection = around(layer.layer(ConnectionOptions::new(url).build()))?;
    let connecting = timeout(PATIENCE, Connection::connect(connection)).await;
    let connection = connecting
        .map_err(Error::from)
        .and_then(|connected| Ok(connected?));
    let connection = connection.with_context(|| {
        format!(
            "no Temporal server answers at {address}: start one there \
             (`temporal server start-dev`), name another with --address HOST:PORT, or leave the \
             address out to have one in this process"
        )
    })?;
    match describe_namespace(&connection, namespace).await {
        Err(status) if status.code() == Code::NotFound => bail!(
            "namespace {namespace:?} does not exist on {address}: create it \
             (`temporal operator namespace create -n {namespace}`) or name another with --namespace"
        ),
        described => {
            described.with_context(|| format!("cannot describe namespace {namespace:?}"))?;
        }
    }
    Ok(Client::new(connection, options)?)
}

impl Flags {
    /// Returns the data converter. The sizes of payloads are measured around the codec.
    pub fn data_converter(&self, observability: &Observability) -> Result<DataConverter> {
        Ok(match self.codec()? {
            Some(codec) => behind(observability.codec(codec)),
            None => behind(observability.codec(DefaultPayloadCodec)),
        })
    }
}

fn behind(codec: impl PayloadCodec + Send + Sync + 'static) -> DataConverter {
    DataConverter::new(
        PayloadConverter::default(),
        DefaultFailureConverter::default(),
        codec,
    )
}

/// Asks the server for a namespace.
async fn describe_namespace(connection: &Connection, namespace: &str) -> Result<(), Status> {
    let request = DescribeNamespaceRequest {
        namespace: namespace.to_owned(),
        ..Default::default()
    };
    let mut service = connection.workflow_service();
    service
        .describe_namespace(Request::new(request))
        .await
        .map(drop)
}
