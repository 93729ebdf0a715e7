//! Where the link stands, and the URL that it is.

use super::*;

#[tokio::test]
async fn as_a_memo_it_needs_no_attribute_and_off_it_leaves_no_trace() {
    registered().await;
    let memo = TraceLink::memo("trace id").url(TraceUrl::jaeger(JAEGER));
    for link in [Some(memo), None] {
        let (collector, endpoint) = Collector::start().await;
        let mut builder = builder(endpoint);
        if let Some(link) = link.clone() {
            builder = builder.search_attributes(|s| s.link(link));
        }
        let observability = builder.build().unwrap();
        let client = connect(Some(&observability)).await;
        let queue = unique("memo");
        let mut started = Vec::new();
        observed(&client, &observability, worker(&queue, 0), async {
            let run = start(&client, &queue, Chain::run, 1).await;
            end(&run).await;
            started.push((
                run.info().workflow_id.clone(),
                run.run_id().map(str::to_owned),
            ));
        })
        .await;
        shut_down(&observability).await;
        let (id, run_id) = &started[0];
        let first = described(&client, id, run_id.as_deref()).await;
        let trace = trace_of(&collector.spans(), first.run_id());
        let memo = first.memo().get::<String>("trace id").unwrap();
        let child = described(&client, &format!("{id}-1"), None).await;
        for run in [&first, &child] {
            assert_eq!(trace_id(&run.search_attributes()), None);
            assert_eq!(run.static_details().is_some(), link.is_some());
        }
        assert_eq!(memo, link.map(|_| trace));
    }
}

#[test]
fn templates_become_urls_and_bad_ones_an_error() {
    let id = opentelemetry::trace::TraceId::from_hex("1963e6f610de643ec46fd0b8ac9e532d").unwrap();
    assert_eq!(
        TraceUrl::jaeger("http://localhost:16686/").of(id),
        "http://localhost:16686/trace/1963e6f610de643ec46fd0b8ac9e532d"
    );
    let tempo = TraceUrl::tempo("https://grafana.example.com", "uid 1").of(id);
    assert!(tempo.starts_with("https://grafana.example.com/explore?schemaVersion=1&panes=%7B"));
    assert!(
        tempo.contains("1963e6f610de643ec46fd0b8ac9e532d"),
        "{tempo}"
    );
    assert!(!tempo.contains(['{', '"', ' ']), "{tempo}");
    let own: TraceUrl = "https://traces.example.com/?id={trace_id}&x=1"
        .parse()
        .unwrap();
    assert_eq!(
        own.of(id),
        "https://traces.example.com/?id=1963e6f610de643ec46fd0b8ac9e532d&x=1"
    );
    for bad in ["https://traces.example.com/", "traces/{trace_id}"] {
        let error = bad.parse::<TraceUrl>().unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
    }
}
