//! Temporal's test service: the one clock of the global mode.

use tokio::sync::oneshot;
use tonic::Status;

use super::Patience;
use crate::{
    clock::{Time, span},
    proto::testservice,
    server::Shared,
    store::SkipMode,
};

impl Shared {
    fn check_global(&self) -> Result<(), Status> {
        match self.store().settings.mode {
            SkipMode::Global => Ok(()),
            SkipMode::PerRun | SkipMode::EveryRun => Err(Status::failed_precondition(
                "each run of this test server has its own time: start it with the global clock",
            )),
        }
    }

    pub(super) fn lock_time_skipping(
        &self,
        _: testservice::LockTimeSkippingRequest,
    ) -> Result<testservice::LockTimeSkippingResponse, Status> {
        self.check_global()?;
        self.store().lock_time();
        Ok(testservice::LockTimeSkippingResponse {})
    }

    pub(super) fn unlock_time_skipping(
        &self,
        _: testservice::UnlockTimeSkippingRequest,
    ) -> Result<testservice::UnlockTimeSkippingResponse, Status> {
        self.check_global()?;
        self.store().unlock_time()?;
        Ok(testservice::UnlockTimeSkippingResponse {})
    }

    pub(super) fn get_current_time(
        &self,
        _: prost_wkt_types::Empty,
    ) -> Result<testservice::GetCurrentTimeResponse, Status> {
        let now = self.store().clock.now();
        Ok(testservice::GetCurrentTimeResponse {
            time: Some(now.proto()),
        })
    }

    async fn sleep_to(&self, until: Time) -> Result<testservice::SleepResponse, Status> {
        let woken = self.store().sleep_until(until);
        slept(woken).await
    }

    pub(super) async fn sleep(
        &self,
        request: testservice::SleepRequest,
        _: Patience,
    ) -> Result<testservice::SleepResponse, Status> {
        let until = self
            .store()
            .clock
            .now()
            .after(span(request.duration.as_ref()));
        self.sleep_to(until).await
    }

    pub(super) async fn sleep_until(
        &self,
        request: testservice::SleepUntilRequest,
        _: Patience,
    ) -> Result<testservice::SleepResponse, Status> {
        let until = request
            .timestamp
            .as_ref()
            .map(Time::from)
            .unwrap_or_default();
        self.sleep_to(until).await
    }

    pub(super) async fn unlock_time_skipping_with_sleep(
        &self,
        request: testservice::SleepRequest,
        _: Patience,
    ) -> Result<testservice::SleepResponse, Status> {
        self.check_global()?;
        let woken = {
            let mut store = self.store();
            let until = store.clock.now().after(span(request.duration.as_ref()));
            store.unlock_until(until)?
        };
        slept(woken).await
    }
}

async fn slept(woken: oneshot::Receiver<()>) -> Result<testservice::SleepResponse, Status> {
    let woken = woken.await;
    woken.map_err(|_| Status::unavailable("the clock is gone"))?;
    Ok(testservice::SleepResponse {})
}
