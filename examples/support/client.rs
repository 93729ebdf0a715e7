use anyhow::{Context as _, Result, bail};
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
use tower::Layer as _;

use super::{Flags, Journal};

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
        .data_converter(data_converter(flags, observability)?)
        .build();
    if let Some(journal) = journal {
        journal.of_client(&mut options);
    }
    let options = layer.layer(options);
    let url = Url::parse(&format!("http://{address}"))
        .with_context(|| format!("bad address {address:?}: expected HOST:PORT"))?;
    let connection = around(layer.layer(ConnectionOptions::new(url).build()))?;
    let connection = Connection::connect(connection).await.with_context(|| {
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

/// Returns what turns values into payloads and back. Their sizes are measured round the codec.
fn data_converter(flags: &Flags, observability: &Observability) -> Result<DataConverter> {
    Ok(match flags.codec()? {
        Some(codec) => behind(observability.codec(codec)),
        None => behind(observability.codec(DefaultPayloadCodec)),
    })
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
