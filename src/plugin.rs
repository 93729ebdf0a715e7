//! The wiring as an SDK plugin.

use temporalio_client::{
    ClientOptions, ClientPlugin, ConnectionOptions, ErasedClientPlugin, PluginError,
};
use temporalio_sdk::{
    ClientAndWorkerPlugin, WorkerOptions, WorkerPlugin, workflow_replayer::WorkflowReplayerOptions,
};

use crate::layer::{NAME, ObservabilityLayer};

/// The wiring of an [`ObservabilityLayer`] as an SDK plugin.
///
/// Register it on `ClientOptions`: the SDK passes it to every worker made from that client.
///
/// A plugin can't reach a connection that `Connection::connect` makes: the SDK applies plugins to
/// connections only in `Client::connect`. In that case [`wrap`](crate::Observability::wrap) the
/// options of the connection, too. Otherwise the `temporal_request*` metrics are missing, and a
/// worker warns about it when it starts. A plugin does not reach the runtime either: create that
/// from [`runtime_options`](crate::Observability::runtime_options).
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
