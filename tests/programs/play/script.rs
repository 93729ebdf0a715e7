//! What a client does while a program runs.

use std::cell::RefCell;

use futures::{FutureExt, future::join_all};
use temporalio_client::{
    Client, WorkflowCancelOptions, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions, WorkflowTerminateOptions,
};
use temporalio_common::protos::temporal::api::enums::v1::EventType;

use super::histories::{history, reset};
use crate::{
    journal,
    needles::secret,
    program::{Action, Finish, Note, Program, Step},
    server::Server,
    workers::Ground,
    workflow::{Change, Interpreter, Message, Question},
};

/// The id of the message that comes before a run is cut off.
const AT_END: usize = 501;

/// What a client was told.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    pub queries: u32,
    pub failed_queries: u32,
    /// Anything that a client did not expect.
    pub surprises: Vec<String>,
}

/// A client that plays a script.
pub struct Script<'a> {
    server: &'a Server,
    ground: &'a Ground,
    client: Client,
    handle: WorkflowHandle<Client, Interpreter>,
    /// The runs that began by a reset.
    reset: RefCell<Vec<String>>,
    answered: RefCell<Answered>,
}

impl<'a> Script<'a> {
    pub fn new(client: Client, queue: &str, server: &'a Server, ground: &'a Ground) -> Self {
        Self {
            handle: client.get_workflow_handle::<Interpreter>(queue),
            client,
            server,
            ground,
            reset: RefCell::default(),
            answered: RefCell::default(),
        }
    }

    /// What the client was told, and the runs that began by a reset.
    pub fn end(self) -> (Answered, Vec<String>) {
        (self.answered.into_inner(), self.reset.into_inner())
    }

    fn surprise(&self, what: String) {
        self.answered.borrow_mut().surprises.push(what);
    }

    async fn act(&self, id: usize, action: &Action) {
        match action {
            Action::Signal(steps) => self.signal(id, steps).await,
            Action::Meanwhile(several) => {
                self.ground.stop().await;
                for (n, steps) in several.iter().enumerate() {
                    self.signal(10_000 + id * 100 + n, steps).await;
                }
                self.ground.resume().await;
            }
            Action::Update(steps, broken) => self.update(id, steps, *broken).await,
            Action::AtOnce(several) => {
                let all = several.iter().enumerate();
                let all =
                    all.map(|(n, action)| self.act(10_000 + id * 100 + n, action).boxed_local());
                join_all(all).await;
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
            Action::Upgrade => {
                journal::upgrade();
                self.ground.replace().await;
            }
            Action::Drop => self.ground.crash().await,
            Action::Reset(task) => self.reset(*task).await,
            fault => self.server.fail(&self.handle.info().workflow_id, fault),
        }
    }

    async fn signal(&self, id: usize, steps: &[Step]) {
        let message = Message::new(id, steps.to_vec(), false);
        let options = WorkflowSignalOptions::default();
        let sent = self.handle.signal(Interpreter::tell, message, options);
        if let Err(error) = sent.await {
            self.surprise(format!("signal {id}: {error:?}"));
        }
    }

    /// Resets the run to one of its tasks, where the server can.
    async fn reset(&self, task: u32) {
        if self.server.is_real() {
            let reset = reset(&self.client, &self.handle.info().workflow_id, task).await;
            self.reset.borrow_mut().extend(reset);
        }
    }

    async fn terminate(&self) {
        let options = WorkflowTerminateOptions::default();
        drop(self.handle.terminate(options).await);
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

    pub async fn play(&self, program: &Program) {
        for (id, action) in program.script.iter().enumerate() {
            self.act(id, action).await;
        }
        match program.finish {
            Finish::Await | Finish::TimeOut(_) => {}
            Finish::Terminate => self.terminate().await,
            Finish::Cut => {
                self.ground.stop().await;
                self.signal(AT_END, &[Step::Note(Note::Ours), Step::Note(Note::ByHand)])
                    .await;
                self.terminate().await;
                self.ground.resume().await;
            }
            Finish::Cancel => drop(self.handle.cancel(WorkflowCancelOptions::default()).await),
        }
        // However it ends, the history tells.
        drop(
            self.handle
                .get_result(WorkflowGetResultOptions::default())
                .await,
        );
        let events = history(&self.client, &self.handle.info().workflow_id, None).await;
        let mut events = events.iter();
        if !events.any(|event| event.event_type() == EventType::WorkflowTaskCompleted) {
            // Nobody has executed it, and nobody answers.
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
