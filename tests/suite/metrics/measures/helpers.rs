//! Measures without an SDK hook, which chronoscope's helpers record.

use chronoscope::record_heartbeat;
use temporalio_client::ClientOptions;
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, DefaultPayloadCodec, PayloadCodec as _,
    PayloadConverter, SerializationContextData,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{observability, sum};
use crate::{metrics::read, support::unique};

struct Beating;

#[activities]
impl Beating {
    #[activity]
    async fn beat(ctx: ActivityContext, times: u32) -> Result<(), ActivityError> {
        for n in 0..times {
            record_heartbeat(&ctx, n).await?;
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Hearted;

#[workflow_methods]
impl Hearted {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, times: u32) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(std::time::Duration::from_secs(20));
        ctx.execute_activity(Beating::beat, times, options).await?;
        Ok(())
    }
}

#[tokio::test]
async fn heartbeats_by_the_helper_are_measured() {
    let (observability, snapshotter) = observability();
    let options = WorkerOptions::new(unique("beats"))
        .register_activities(Beating)
        .register_workflow::<Hearted>()
        .unwrap()
        .build();
    crate::support::run(&observability, options, Hearted::run, 7).await;
    let gaps = sum(
        &read(&snapshotter),
        "temporal_activity_heartbeat_gap_seconds",
        &[],
    );
    assert_eq!(gaps, Some(7.0));
}

#[tokio::test]
async fn the_codec_measures_what_passes_it() {
    let (observability, snapshotter) = observability();
    let converter = DataConverter::new(
        PayloadConverter::default(),
        DefaultFailureConverter::default(),
        observability.codec(DefaultPayloadCodec),
    );
    let options = ClientOptions::new("any")
        .data_converter(converter.clone())
        .build();
    let context = SerializationContextData::None;
    let payload = options
        .data_converter
        .to_payload(&context, &"hello".to_owned())
        .await
        .unwrap();
    let back: String = converter
        .from_payload(&context, payload.clone())
        .await
        .unwrap();
    assert_eq!(back, "hello");
    let decoded = observability
        .codec(DefaultPayloadCodec)
        .decode(&context, vec![payload; 3])
        .await;
    assert_eq!(decoded.unwrap().len(), 3);
    let recorded = read(&snapshotter);
    for (direction, times) in [("encode", 1.0), ("decode", 4.0)] {
        let labels = [("direction", direction), ("context", "none")];
        assert_eq!(
            sum(&recorded, "temporal_payload_size_bytes", &labels),
            Some(times)
        );
    }
}
