//! Where nothing can be held, that is said once, and telemetry is emitted at once.

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
};
use chronoscope_testserver::TestServer;
use temporalio_client::{
    ClientOptions, ConnectionOptions, DnsLoadBalancingOptions, Url, WorkflowGetResultOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::setting::Program;
use crate::support::{Lines, observed, start, unique};

#[workflow]
#[derive(Default)]
struct Plain;

#[workflow_methods]
impl Plain {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        tracing::info!("plain");
        Ok(())
    }
}

fn warnings(lines: &Lines) -> Vec<String> {
    let warnings = lines.of("chronoscope").into_iter();
    let warnings = warnings.filter(|line| line["level"] == "WARN");
    let of_this = warnings.filter(|line| line.to_string().contains("is emitted at once"));
    of_this.map(|line| line.to_string()).collect()
}

#[tokio::test]
async fn on_a_connection_that_is_not_wrapped() {
    let program = Program::holding().await;
    let options = ConnectionOptions::new(Url::parse("http://in-process").unwrap()).build();
    let options = program.server.wrap(options);
    let client = temporalio_client::Client::connect(
        options,
        program
            .observability
            .wrap(ClientOptions::new("default").build()),
    );
    let client = client.await.unwrap();
    let queue = unique("unheld");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Plain>()
        .unwrap()
        .build();
    observed(&client, &program.observability, options, async {
        for _ in 0..3 {
            let run = start(&client, &queue, Plain::run, ()).await;
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
        }
    })
    .await;
    assert_eq!(program.split().1, ["plain"; 3]);
    let warnings = warnings(&program.lines);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("was not wrapped"), "{warnings:?}");
    assert_eq!(program.commits().unseen, 3);
    assert_eq!(program.commits().released.total(), 0);
}

#[tokio::test]
async fn with_an_option_that_can_not_be_honoured() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let _server = TestServer::start().await;
    let observability = Observability::builder()
        .emission(Emission::OnCommit(OnCommit::default()))
        .build()
        .unwrap();
    let balancing = DnsLoadBalancingOptions::builder()
        .resolution_interval(std::time::Duration::from_secs(7))
        .build();
    for _ in 0..2 {
        let options = ConnectionOptions::new(Url::parse("http://localhost:7233").unwrap())
            .dns_load_balancing(Some(balancing.clone()))
            .build();
        let wrapped = observability.wrap(options);
        assert!(wrapped.service_override.is_none());
        assert!(wrapped.dns_load_balancing.is_some());
    }
    let warnings = warnings(&lines);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("dns_load_balancing"), "{warnings:?}");
}
