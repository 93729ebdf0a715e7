//! Activates 10,000 runs in a worker's records, alone or while somebody lists them all, for
//! `tests/bench/read` to count the instructions of the worker's thread.
//!
//! `read alone|read TIMES`: so often 5,000 activations, and one full list by pages meanwhile. The
//! budget: at most 1.02 times as many instructions with a reader as without. `read bytes 1` prints
//! what a record takes more if its run waits for one thing; the budget is 250 bytes.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use std::{
    alloc::System,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chronoscope::{
    Observability,
    introspect::v1::{ListRunsRequest, Page, introspect_client::IntrospectClient},
    testing::unwired::Records,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tonic::transport::Endpoint;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RUNS: usize = 10_000;

/// What a worker does in five seconds, at a thousand activations in each.
const ACTIVATIONS: u64 = 5_000;

fn main() {
    let flags: Vec<String> = std::env::args()
        .skip(1)
        .filter(|flag| flag != "--bench")
        .collect();
    let [mode, times] = &flags[..] else {
        println!("read alone|read|bytes TIMES");
        return;
    };
    let observability = Observability::builder()
        .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
        .build()
        .unwrap();
    if mode == "bytes" {
        println!("{} bytes a wait", bytes(&observability));
        return;
    }
    let mut records = Records::of(&observability, RUNS, true).unwrap();
    let (wanted, read) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    if mode == "read" {
        let address = observability.introspect_address().unwrap();
        let (wanted, read) = (wanted.clone(), read.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
                let mut inside = IntrospectClient::new(endpoint.connect().await.unwrap())
                    .max_decoding_message_size(64 << 20);
                loop {
                    if wanted.load(Ordering::Relaxed) > read.load(Ordering::Relaxed) {
                        let listed = list(&mut inside).await;
                        assert_eq!(listed, RUNS);
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            });
        });
    }
    for _ in 0..times.parse().unwrap() {
        wanted.fetch_add(1, Ordering::Relaxed);
        for _ in 0..ACTIVATIONS {
            records.activate(false);
        }
        while mode == "read" && read.load(Ordering::Relaxed) < wanted.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

/// What one thing to wait for takes, in bytes.
fn bytes(observability: &Observability) -> usize {
    let allocated = || {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated - stats.bytes_deallocated
    };
    let of = |runs, timers| {
        let before = allocated();
        let _records = Records::of(observability, runs, timers);
        // The worker stays registered, with its runs.
        allocated() - before
    };
    // What is made once is made before.
    let (_, unknown, waits) = (of(10, true), of(RUNS, false), of(RUNS, true));
    (waits - unknown) / RUNS
}

/// Lists all by pages, and returns how many there are.
async fn list(inside: &mut IntrospectClient<tonic::transport::Channel>) -> usize {
    let mut page = Page {
        size: 1000,
        token: String::new(),
    };
    let mut listed = 0;
    loop {
        let request = ListRunsRequest {
            filter: None,
            page: Some(page.clone()),
        };
        let part = inside.list_runs(request).await.unwrap().into_inner();
        listed += part.runs.len();
        if part.next_page_token.is_empty() {
            return listed;
        }
        page.token = part.next_page_token;
    }
}
