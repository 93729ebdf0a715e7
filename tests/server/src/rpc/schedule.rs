//! Schedules.

use tonic::{Code, Status};

use super::check_id;
use crate::{
    clock::Time,
    error,
    proto::{enums::ScheduleOverlapPolicy, schedule, service},
    server::Shared,
    store::{
        Store,
        schedules::{Key, Schedule, check_spec},
    },
};

fn found<'a>(store: &'a mut Store, key: &Key) -> Result<&'a mut Schedule, Status> {
    store.check_namespace(&key.0)?;
    let found = store.schedules.0.get_mut(key);
    found.ok_or_else(|| error::not_found("schedule not found"))
}

fn token(schedule: &Schedule) -> Vec<u8> {
    schedule.version.to_be_bytes().to_vec()
}

fn check(definition: Option<&mut schedule::Schedule>) -> Result<(), Status> {
    let definition = definition.ok_or_else(|| error::invalid("Schedule is not set on request."))?;
    check_spec(definition.spec.as_mut()).map_err(|text| match text.contains("not served") {
        true => Status::unimplemented(text),
        false => error::invalid(text),
    })
}

impl Shared {
    pub(super) fn create_schedule(
        &self,
        mut request: service::CreateScheduleRequest,
    ) -> Result<service::CreateScheduleResponse, Status> {
        let mut store = self.store();
        store.check_namespace(&request.namespace)?;
        check_id(&request.schedule_id, "ScheduleId")?;
        check(request.schedule.as_mut())?;
        let key = (request.namespace, request.schedule_id);
        if let Some(known) = store.schedules.0.get(&key) {
            if !request.request_id.is_empty() && known.request_id == request.request_id {
                let conflict_token = token(known);
                return Ok(service::CreateScheduleResponse { conflict_token });
            }
            let text = format!("schedule {:?} is already registered", key.1);
            return Err(Status::new(Code::AlreadyExists, text));
        }
        let now = store.clock.now();
        let mut schedule = Schedule {
            definition: request.schedule.unwrap_or_default(),
            memo: request.memo,
            search_attributes: request.search_attributes,
            request_id: request.request_id,
            version: 1,
            ..Default::default()
        };
        schedule.definition.state.get_or_insert_default();
        schedule.info.create_time = Some(now.proto());
        schedule.plan(now);
        let conflict_token = token(&schedule);
        store.schedules.0.insert(key.clone(), schedule);
        if let Some(patch) = request.initial_patch {
            apply(&mut store, &key, patch)?;
        }
        store.tick();
        store.alarm().notify_one();
        Ok(service::CreateScheduleResponse { conflict_token })
    }

    pub(super) fn describe_schedule(
        &self,
        request: service::DescribeScheduleRequest,
    ) -> Result<service::DescribeScheduleResponse, Status> {
        let mut store = self.store();
        let now = store.clock.now();
        let schedule = found(&mut store, &(request.namespace, request.schedule_id))?;
        Ok(service::DescribeScheduleResponse {
            schedule: Some(schedule.definition.clone()),
            info: Some(schedule::ScheduleInfo {
                future_action_times: schedule.future(now),
                buffer_size: i64::try_from(schedule.waiting.len()).unwrap_or(i64::MAX),
                ..schedule.info.clone()
            }),
            memo: schedule.memo.clone(),
            search_attributes: schedule.search_attributes.clone(),
            conflict_token: token(schedule),
        })
    }

    pub(super) fn update_schedule(
        &self,
        mut request: service::UpdateScheduleRequest,
    ) -> Result<service::UpdateScheduleResponse, Status> {
        check(request.schedule.as_mut())?;
        let mut store = self.store();
        let now = store.clock.now();
        let schedule = found(&mut store, &(request.namespace, request.schedule_id))?;
        if !request.conflict_token.is_empty() && request.conflict_token != token(schedule) {
            return Err(Status::failed_precondition("mismatched conflict token"));
        }
        schedule.definition = request.schedule.unwrap_or_default();
        schedule.definition.state.get_or_insert_default();
        if request.search_attributes.is_some() {
            schedule.search_attributes = request.search_attributes;
        }
        schedule.info.update_time = Some(now.proto());
        schedule.version += 1;
        schedule.plan(now);
        store.tick();
        store.alarm().notify_one();
        Ok(service::UpdateScheduleResponse {})
    }

    pub(super) fn patch_schedule(
        &self,
        request: service::PatchScheduleRequest,
    ) -> Result<service::PatchScheduleResponse, Status> {
        let mut store = self.store();
        let key = (request.namespace, request.schedule_id);
        found(&mut store, &key)?;
        apply(&mut store, &key, request.patch.unwrap_or_default())?;
        store.tick();
        store.alarm().notify_one();
        Ok(service::PatchScheduleResponse {})
    }

    pub(super) fn delete_schedule(
        &self,
        request: service::DeleteScheduleRequest,
    ) -> Result<service::DeleteScheduleResponse, Status> {
        let mut store = self.store();
        let key = (request.namespace, request.schedule_id);
        found(&mut store, &key)?;
        store.schedules.0.remove(&key);
        Ok(service::DeleteScheduleResponse {})
    }

    pub(super) fn list_schedules(
        &self,
        request: service::ListSchedulesRequest,
    ) -> Result<service::ListSchedulesResponse, Status> {
        let store = self.store();
        store.check_namespace(&request.namespace)?;
        if !request.query.is_empty() {
            return Err(Status::unimplemented(
                "ListSchedules with a query is not served by this test server",
            ));
        }
        let now = store.clock.now();
        let here = store
            .schedules
            .0
            .iter()
            .filter(|((namespace, _), _)| *namespace == request.namespace);
        Ok(service::ListSchedulesResponse {
            schedules: here
                .map(|((_, id), schedule)| entry(id, schedule, now))
                .collect(),
            next_page_token: Vec::new(),
        })
    }
}

fn entry(id: &str, schedule: &Schedule, now: Time) -> schedule::ScheduleListEntry {
    let action = schedule
        .definition
        .action
        .as_ref()
        .and_then(|action| action.action.as_ref());
    let state = schedule.definition.state.clone().unwrap_or_default();
    let mut future = schedule.future(now);
    future.truncate(5);
    schedule::ScheduleListEntry {
        schedule_id: id.to_owned(),
        memo: schedule.memo.clone(),
        search_attributes: schedule.search_attributes.clone(),
        info: Some(schedule::ScheduleListInfo {
            spec: schedule.definition.spec.clone(),
            workflow_type: action.and_then(|action| {
                let schedule::schedule_action::Action::StartWorkflow(workflow) = action;
                workflow.workflow_type.clone()
            }),
            notes: state.notes,
            paused: state.paused,
            recent_actions: schedule.info.recent_actions.clone(),
            future_action_times: future,
            ..Default::default()
        }),
    }
}

fn apply(store: &mut Store, key: &Key, patch: schedule::SchedulePatch) -> Result<(), Status> {
    let now = store.clock.now();
    let schedule = found(store, key)?;
    let state = schedule.definition.state.get_or_insert_default();
    if !patch.pause.is_empty() {
        state.paused = true;
        state.notes = patch.pause;
    }
    if !patch.unpause.is_empty() {
        state.paused = false;
        state.notes = patch.unpause;
    }
    schedule.version += 1;
    schedule.plan(now);
    if let Some(trigger) = patch.trigger_immediately {
        let policy = match trigger.overlap_policy() {
            ScheduleOverlapPolicy::Unspecified => None,
            policy => Some(policy),
        };
        store.act(key, now, policy);
        store.finish();
    }
    for backfill in patch.backfill_request {
        let policy = Some(backfill.overlap_policy());
        let bound = |time: Option<crate::proto::Timestamp>| {
            time.as_ref().map(Time::from).unwrap_or_default()
        };
        let (from, to) = (bound(backfill.start_time), bound(backfill.end_time));
        for nominal in found(store, key)?.between(from, to) {
            store.act(key, nominal, policy);
        }
        store.finish();
    }
    Ok(())
}
