//! The time between two looks at what happens elsewhere, in which other tests have the processor.

use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(5);

/// Waits until it is worth looking again.
pub async fn moment() {
    tokio::time::sleep(MOMENT).await;
}

/// Does the same, and blocks the thread.
pub fn blocking_moment() {
    std::thread::sleep(MOMENT);
}
