//! What a schedule does when it is due.

use super::{Key, Schedule};
use crate::{
    calendar,
    clock::Time,
    proto::{
        Payload, WorkflowExecution, common,
        enums::ScheduleOverlapPolicy as Overlap,
        schedule::{ScheduleActionResult, schedule_action::Action},
        service::StartWorkflowExecutionRequest,
        workflow::NewWorkflowExecutionInfo,
    },
    rpc,
    run::{
        fresh_id,
        signal::{CancelRequest, SERVER},
    },
    store::Store,
};

/// So many past actions are shown.
const SHOWN: usize = 10;

impl Store {
    /// Starts the workflow of a schedule for the time at which it was due, as its policy, or the
    /// one given, says.
    pub(crate) fn act(&mut self, key: &Key, nominal: Time, policy: Option<Overlap>) {
        let Some(schedule) = self.schedules.0.get_mut(key) else {
            return;
        };
        let policy = policy.filter(|policy| *policy != Overlap::Unspecified);
        let policy = policy.unwrap_or_else(|| schedule.policy());
        let running = schedule.info.running_workflows.clone();
        if running.is_empty() || policy == Overlap::AllowAll {
            return self.start_scheduled(key, nominal, policy);
        }
        match policy {
            Overlap::Skip | Overlap::Unspecified => schedule.info.overlap_skipped += 1,
            Overlap::BufferOne if !schedule.waiting.is_empty() => {
                schedule.info.overlap_skipped += 1
            }
            Overlap::BufferOne | Overlap::BufferAll => schedule.waiting.push(nominal),
            Overlap::CancelOther | Overlap::TerminateOther => {
                schedule.waiting = vec![nominal];
                self.stop(key, &running, policy);
            }
            Overlap::AllowAll => {}
        }
    }

    fn stop(&mut self, key: &Key, running: &[WorkflowExecution], policy: Overlap) {
        for execution in running {
            let Ok(at) = self.find(&key.0, execution) else {
                continue;
            };
            if policy == Overlap::TerminateOther {
                let reason = "terminated by schedule overlap policy";
                self.step(at, |run| run.terminate(reason, None, SERVER, Vec::new()));
            } else {
                let request = CancelRequest {
                    cause: "cancelled by schedule overlap policy".to_owned(),
                    identity: SERVER.to_owned(),
                    ..Default::default()
                };
                self.step(at, |run| run.request_cancel(request));
            }
        }
    }

    fn start_scheduled(&mut self, key: &Key, nominal: Time, policy: Overlap) {
        let now = self.clock.now();
        let Some(request) = self
            .schedules
            .0
            .get(key)
            .and_then(|one| request(key, one, nominal))
        else {
            return;
        };
        let workflow_id = request.workflow_id.clone();
        let Ok(started) = rpc::start(self, request) else {
            return;
        };
        let execution = WorkflowExecution {
            workflow_id,
            run_id: started.run_id,
        };
        let Some(schedule) = self.schedules.0.get_mut(key) else {
            return;
        };
        if let Some(state) = &mut schedule.definition.state
            && state.limited_actions
        {
            state.remaining_actions -= 1;
        }
        let info = &mut schedule.info;
        info.action_count += 1;
        // What may overlap with others stands in nobody's way.
        if policy != Overlap::AllowAll {
            info.running_workflows.push(execution.clone());
        }
        info.recent_actions.push(ScheduleActionResult {
            schedule_time: Some(nominal.proto()),
            actual_time: Some(now.proto()),
            start_workflow_result: Some(execution),
            start_workflow_status: crate::proto::Status::Running.into(),
        });
        if info.recent_actions.len() > SHOWN {
            info.recent_actions.remove(0);
        }
        if schedule.is_spent() {
            schedule.next = None;
        }
    }
}

fn request(key: &Key, schedule: &Schedule, nominal: Time) -> Option<StartWorkflowExecutionRequest> {
    let action = schedule.definition.action.as_ref()?.action.clone()?;
    let Action::StartWorkflow(workflow) = action;
    let policies = schedule.definition.policies.as_ref();
    let keep_id = policies.is_some_and(|policies| policies.keep_original_workflow_id);
    let time = calendar::format(nominal);
    let workflow_id = match keep_id {
        true => workflow.workflow_id.clone(),
        false => format!("{}-{time}", workflow.workflow_id),
    };
    Some(StartWorkflowExecutionRequest {
        namespace: key.0.clone(),
        workflow_id,
        search_attributes: Some(marked(&workflow, &key.1, &time)),
        workflow_type: workflow.workflow_type,
        task_queue: workflow.task_queue,
        input: workflow.input,
        workflow_execution_timeout: workflow.workflow_execution_timeout,
        workflow_run_timeout: workflow.workflow_run_timeout,
        workflow_task_timeout: workflow.workflow_task_timeout,
        workflow_id_reuse_policy: workflow.workflow_id_reuse_policy,
        retry_policy: workflow.retry_policy,
        memo: workflow.memo,
        header: workflow.header,
        user_metadata: workflow.user_metadata,
        priority: workflow.priority,
        identity: format!("temporal-scheduler-{}-{}", key.0, key.1),
        request_id: fresh_id(),
        ..Default::default()
    })
}

/// The workflow's search attributes, with those that tell the schedule.
fn marked(workflow: &NewWorkflowExecutionInfo, id: &str, time: &str) -> common::SearchAttributes {
    let text = |text: &str, kind: &str| Payload {
        metadata: [
            ("encoding".to_owned(), b"json/plain".to_vec()),
            ("type".to_owned(), kind.as_bytes().to_vec()),
        ]
        .into(),
        data: format!("{text:?}").into_bytes(),
        ..Default::default()
    };
    let mut attributes = workflow.search_attributes.clone().unwrap_or_default();
    let fields = &mut attributes.indexed_fields;
    fields.insert("TemporalScheduledById".to_owned(), text(id, "Keyword"));
    fields.insert(
        "TemporalScheduledStartTime".to_owned(),
        text(time, "Datetime"),
    );
    attributes
}
