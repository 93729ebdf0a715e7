//! The wiring as a plugin of the SDK's.

use temporalio_client::{
    ClientOptions, ClientPlugin, ConnectionOptions, ErasedClientPlugin, PluginError,
};
use temporalio_sdk::{
    ClientAndWorkerPlugin, WorkerOptions, WorkerPlugin, workflow_replayer::WorkflowReplayerOptions,
};

use crate::layer::{NAME, ObservabilityLayer};

/// The wiring of an [`ObservabilityLayer`] as a plugin of the SDK.
///
/// Register it on `ClientOptions`: the SDK hands it on to every worker made from that client.
///
/// What it can't reach is a connection that `Connection::connect` makes: the SDK hands plugins to
/// connections in `Client::connect` alone. Otherwise [`wrap`](crate::Observability::wrap) the options
/// of the connection, too: without, `temporal_request*` metrics are missing, and a worker warns of it
/// when it starts. Nor does a plugin reach the runtime, which is made of
/// [`runtime_options`](crate::Observability::runtime_options).
///
/// ```
/// use chronoscope::Observability;
/// use temporalio_client::ClientOptions;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder().build()?;
/// let client_options = ClientOptions::new("default").plugin(observability.plugin()).build();
/// # let _ = client_options;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ObservabilityPlugin {
    layer: ObservabilityLayer,
}

impl ObservabilityPlugin {
    pub(crate) fn new(layer: ObservabilityLayer) -> Self {
        Self { layer }
    }
}

impl ClientPlugin for ObservabilityPlugin {
    fn name(&self) -> &str {
        NAME
    }

    fn configure_connection_options(
        &self,
        options: &mut ConnectionOptions,
    ) -> Result<(), PluginError> {
        self.layer.wrap_connection(options);
        Ok(())
    }

    fn configure_client_options(&self, options: &mut ClientOptions) -> Result<(), PluginError> {
        self.layer.wrap_client(options);
        Ok(())
    }
}

impl WorkerPlugin for ObservabilityPlugin {
    fn name(&self) -> &str {
        NAME
    }

    fn configure_worker_options(&self, options: &mut WorkerOptions) -> Result<(), PluginError> {
        self.layer.wrap_worker(options)
    }

    fn configure_workflow_replayer_options(
        &self,
        options: &mut WorkflowReplayerOptions,
    ) -> Result<(), PluginError> {
        self.layer.wrap_replayer(options)
    }
}

impl From<ObservabilityPlugin> for ErasedClientPlugin {
    fn from(plugin: ObservabilityPlugin) -> Self {
        ClientAndWorkerPlugin::new(plugin).into()
    }
}
