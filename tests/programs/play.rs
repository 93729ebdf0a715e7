//! Plays a program, as a client does.

use std::{cell::RefCell, path::Path, time::Duration};

use futures::future::join_all;
use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowCancelOptions,
    WorkflowExecuteUpdateOptions, WorkflowExecutionInfo, WorkflowFetchHistoryOptions,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowIdConflictPolicy, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions, WorkflowTerminateOptions,
    WorkflowUpdateWithStartOptions,
};
use temporalio_common::{
    RetryPolicy,
    protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes},
};

use crate::{
    activities,
    emitted::Emitted,
    journal::{self, Entry},
    killed::kills,
    needles::secret,
    program::{Action, Finish, Note, Program, Start, Step},
    server::Server,
    wiring::Observed,
    workers::{Ground, work, work_apart},
    workflow::{Change, Input, Interpreter, Message, Question},
};

/// What a program left behind.
pub struct Played {
    pub emitted: Emitted,
    /// What was executed.
    pub journal: Vec<Entry>,
    /// The history of each run.
    pub histories: Vec<Vec<HistoryEvent>>,
    pub answered: Answered,
    /// How often a worker's process was killed.
    pub kills: usize,
    /// Whether it did not end.
    pub is_stuck: bool,
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, where what killed workers held has to come back.
const LONG_PATIENCE: Duration = Duration::from_secs(40);

/// The id of the message that a run is started with.
const AT_START: usize = 500;

/// What a client was told.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub queries: u32,
    pub failed_queries: u32,
    /// Anything that a client did not expect.
    pub surprises: Vec<String>,
}

/// A client that plays a script.
struct Script<'a> {
    server: &'a Server,
    ground: &'a Ground,
    handle: WorkflowHandle<Client, Interpreter>,
    answered: RefCell<Answered>,
}

impl Script<'_> {
    fn surprise(&self, what: String) {
        self.answered.borrow_mut().surprises.push(what);
    }

    async fn act(&self, id: usize, action: &Action) {
        match action {
            Action::Signal(steps) => {
                let message = Message::new(id, steps.clone(), false);
                let options = WorkflowSignalOptions::default();
                let sent = self.handle.signal(Interpreter::tell, message, options);
                if let Err(error) = sent.await {
                    self.surprise(format!("signal {id}: {error:?}"));
                }
            }
            Action::Update(steps, broken) => self.update(id, steps, *broken).await,
            Action::Updates(several) => {
                let updates = several.iter().enumerate();
                let updates =
                    updates.map(|(n, steps)| self.update(10_000 + id * 100 + n, steps, false));
                join_all(updates).await;
            }
            Action::Reject(notes) => {
                let change = Change::Reject(question(id, notes, false));
                let options = WorkflowExecuteUpdateOptions::default();
                let answer = self
                    .handle
                    .execute_update(Interpreter::change, change, options);
                if answer.await.is_ok() {
                    self.surprise(format!("update {id} was not rejected"));
                }
            }
            Action::Query(notes, broken) => self.query(id, notes, *broken).await,
            Action::Replace => self.ground.replace().await,
            Action::Drop => self.ground.crash().await,
            fault => self.server.fail(&self.handle.info().workflow_id, fault),
        }
    }

    async fn update(&self, id: usize, steps: &[Step], broken: bool) {
        let change = Change::Do(Message::new(id, steps.to_vec(), broken));
        let options = WorkflowExecuteUpdateOptions::default();
        let answer = self
            .handle
            .execute_update(Interpreter::change, change, options);
        let answer = answer.await;
        if answer.is_ok() == broken {
            self.surprise(format!("update {id}: {answer:?}"));
        }
    }

    async fn query(&self, id: usize, notes: &[Note], broken: bool) {
        let question = question(id, notes, broken);
        let options = WorkflowQueryOptions::default();
        let answer = self.handle.query(Interpreter::ask, question, options).await;
        if answer.is_ok() == broken {
            self.surprise(format!("query {id}: {answer:?}"));
        }
        let mut answered = self.answered.borrow_mut();
        match answer {
            Ok(_) => answered.queries += 1,
            Err(_) => answered.failed_queries += 1,
        }
    }

    async fn play(&self, program: &Program) {
        for (id, action) in program.script.iter().enumerate() {
            self.act(id, action).await;
        }
        match program.finish {
            Finish::Await => {}
            Finish::Terminate => {
                let options = WorkflowTerminateOptions::default();
                drop(self.handle.terminate(options).await);
            }
            Finish::Cancel => drop(self.handle.cancel(WorkflowCancelOptions::default()).await),
        }
        // However it ends, the history tells.
        drop(
            self.handle
                .get_result(WorkflowGetResultOptions::default())
                .await,
        );
        if program.finish == Finish::Terminate {
            // It may be that no worker ever saw it.
            return;
        }
        for (n, notes) in program.asked_after.iter().enumerate() {
            self.query(1000 + n, notes, false).await;
        }
    }
}

fn question(id: usize, notes: &[Note], broken: bool) -> Question {
    Question {
        id,
        notes: notes.to_vec(),
        broken,
        secret: secret("question"),
    }
}

/// Where a program's workers are.
#[derive(Clone, Copy)]
pub enum Workers<'a> {
    Here,
    /// In processes that are killed, and write to this folder.
    Apart(&'a Path),
}

/// Starts the run, and returns its id.
async fn start(client: &Client, queue: &str, program: &Program, workers: Workers<'_>) -> String {
    let retries = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(50))
        .maximum_attempts(program.attempts)
        .build();
    // What a dead worker holds comes back after this time.
    let (task, patience) = match workers {
        Workers::Here => (Duration::from_secs(5), 20_000),
        Workers::Apart(_) => (Duration::from_secs(1), 1_000),
    };
    let retries = (program.attempts > 1).then_some(retries);
    let messages = (program.finish == Finish::Await).then(|| program.messages());
    let input = Input::new(program.body.clone(), messages, patience);
    let options = WorkflowStartOptions::new(queue, queue)
        .task_timeout(task)
        .maybe_retry_policy(retries.clone())
        .build();
    let handle = match &program.start {
        Start::Alone => {
            client
                .start_workflow(Interpreter::run, input, options)
                .await
        }
        Start::Signal(steps) => {
            let message = Message::new(AT_START, steps.clone(), false);
            let signal = Interpreter::tell;
            let run = Interpreter::run;
            client
                .signal_with_start_workflow(run, input, signal, message, options)
                .await
        }
        Start::Update(steps) => {
            let conflict = WorkflowIdConflictPolicy::Fail;
            let options = WorkflowUpdateWithStartOptions::new(queue, queue, conflict)
                .task_timeout(task)
                .maybe_retry_policy(retries)
                .build();
            let change = Change::Do(Message::new(AT_START, steps.clone(), false));
            let (run, update) = (Interpreter::run, Interpreter::change);
            let started =
                client.execute_update_with_start_workflow(run, input, update, change, options);
            // The history says how it ended.
            drop(started.await);
            let handle = client.get_workflow_handle::<Interpreter>(queue);
            return first_run(&handle).await;
        }
    };
    let handle = handle.expect("it starts");
    handle.run_id().unwrap_or_default().to_owned()
}

/// The id of the first run of a chain.
async fn first_run(handle: &WorkflowHandle<Client, Interpreter>) -> String {
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    let events = history.into_events().await.expect("there is a history");
    match events.into_iter().find_map(|event| event.attributes) {
        Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => {
            started.first_execution_run_id
        }
        other => panic!("a history begins with a start, not {other:?}"),
    }
}

/// Plays a program to its end, and returns what it left behind.
pub async fn play(
    observed: &Observed,
    server: &Server,
    program: &Program,
    workers: Workers<'_>,
) -> Played {
    let queue = format!("program-{}", uuid::Uuid::new_v4());
    let ground = Ground::default();
    let patience = match workers {
        Workers::Here => PATIENCE,
        Workers::Apart(_) => LONG_PATIENCE,
    };
    let body = async {
        let client = observed.client(server.connection()).await;
        ground.begun().await;
        let first = start(&client, &queue, program, workers).await;
        let script = Script {
            handle: client.get_workflow_handle::<Interpreter>(&queue),
            server,
            ground: &ground,
            answered: RefCell::default(),
        };
        let ended = tokio::time::timeout(patience, script.play(program)).await;
        let is_stuck = ended.is_err();
        let histories = histories(&client, (queue.clone(), first)).await;
        ground.end();
        (histories, script.answered.into_inner(), is_stuck)
    };
    let work = async {
        match workers {
            Workers::Here => work(observed, server, &queue, &ground).await,
            Workers::Apart(folder) => {
                work_apart(folder, program.settings, server, &queue, &ground).await;
            }
        }
    };
    let ((histories, answered, is_stuck), ()) = tokio::join!(body, work);
    activities::ended().await;
    let mut played = Played {
        emitted: observed.emitted(),
        journal: journal::take(),
        histories,
        answered,
        is_stuck,
        kills: 0,
    };
    if let Workers::Apart(folder) = workers {
        played.kills = kills(program);
        played.emitted.read(folder);
        played.journal = journal::read(&folder.join("journal"));
    }
    played
}

/// Fetches the histories of a run, of its children, and of what it went on as.
async fn histories(client: &Client, first: (String, String)) -> Vec<Vec<HistoryEvent>> {
    let (mut open, mut all) = (vec![first], Vec::new());
    while let Some((id, run_id)) = open.pop() {
        let info = WorkflowExecutionInfo::builder()
            .namespace(client.namespace())
            .workflow_id(&id)
            .run_id(run_id)
            .build();
        let handle = UntypedWorkflowHandle::new(client.clone(), info);
        let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
        let events = history.into_events().await.expect("there is a history");
        open.extend(events.iter().filter_map(|event| led_to(&id, event)));
        all.push(events);
    }
    all
}

/// The run that an event led to.
fn led_to(id: &str, event: &HistoryEvent) -> Option<(String, String)> {
    use Attributes as A;
    let next = match event.attributes.as_ref()? {
        A::ChildWorkflowExecutionStartedEventAttributes(started) => {
            let child = started.workflow_execution.clone()?;
            return Some((child.workflow_id, child.run_id));
        }
        A::WorkflowExecutionContinuedAsNewEventAttributes(next) => &next.new_execution_run_id,
        A::WorkflowExecutionFailedEventAttributes(failed) => &failed.new_execution_run_id,
        _ => return None,
    };
    (!next.is_empty()).then(|| (id.to_owned(), next.clone()))
}
