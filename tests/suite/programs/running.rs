//! A program that runs until it is asked to end, or ends by itself.

use std::process::{Command, ExitStatus, Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

pub struct Running {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self {
            process,
            lines,
            said: String::new(),
        }
    }

    /// Waits until it says this.
    pub async fn until(&mut self, text: &str) {
        loop {
            let line = self.lines.next_line().await.unwrap().expect(text);
            self.said = std::mem::take(&mut self.said) + &line + "\n";
            if line.contains(text) {
                return;
            }
        }
    }

    /// Sends it a signal, and returns how it ended and all that it said.
    pub async fn end(self, signal: &str) -> (ExitStatus, String) {
        let id = self.process.id().unwrap().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
        self.gone().await
    }

    /// Returns its standard input, if that is a pipe.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// Waits until it is gone, and returns how it ended and all that it said.
    pub async fn gone(mut self) -> (ExitStatus, String) {
        let mut rest = self.lines.into_inner();
        rest.read_to_string(&mut self.said).await.unwrap();
        let mut errors = self.process.stderr.take().unwrap();
        errors.read_to_string(&mut self.said).await.unwrap();
        (self.process.wait().await.unwrap(), self.said)
    }
}
