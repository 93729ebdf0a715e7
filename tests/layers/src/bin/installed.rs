//! A program that installs chronoscope's subscriber with another layer in it: `tracing-logfmt`
//! writes lines with the workflow's ids to standard output, chronoscope its own to standard error.

use chronoscope::Observability;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let observability = Observability::from_env()?
        .logs(|logs| {
            logs.writer(std::io::stderr())
                .layer(tracing_logfmt::layer())
                .context_span()
        })
        .install()?;
    errands::play(&observability).await?;
    observability.shutdown();
    Ok(())
}
