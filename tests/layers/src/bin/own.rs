//! A program with a `tracing` subscriber of its own and another layer in it: `tracing-logfmt` writes
//! lines with the workflow's ids, each once.

use chronoscope::{Observability, logs::ReplayFilter};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let observability = Observability::from_env()?
        .logs(|logs| logs.context_span())
        .build()?;
    let subscriber = tracing_subscriber::registry()
        .with(tracing_logfmt::layer())
        .with(ReplayFilter::global().with_spans())
        .with(EnvFilter::from_default_env());
    tracing::subscriber::set_global_default(subscriber)?;

    errands::play(&observability).await?;
    observability.shutdown();
    Ok(())
}
