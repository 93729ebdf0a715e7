//! The advice on inhibition, on a real Alertmanager.

use std::{collections::BTreeMap, fs, path::Path, process::Command, thread::sleep, time::Duration};

use serde_json::Value;

use super::{
    folder,
    generate::{Alert, alerts},
};
use crate::support::{Served, backend};

/// Alertmanager's own client.
struct Client {
    program: String,
    url: String,
}

impl Client {
    fn run(&self, args: &[String]) -> Option<String> {
        let output = Command::new(&self.program)
            .args(["--alertmanager.url", &self.url])
            .args(args)
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Lets an alert fire in a namespace.
    fn fire(&self, alert: &Alert, namespace: &str) {
        let labels = alert.by.iter().map(|label| match label.name() {
            "namespace" => format!("namespace={namespace}"),
            name => format!("{name}=some"),
        });
        let mut args = vec!["alert".to_owned(), "add".to_owned(), alert.name.to_owned()];
        args.extend(labels);
        args.push("job=worker".to_owned());
        self.run(&args).unwrap();
    }

    /// All alerts, by namespace and name, with whether they are inhibited.
    fn alerts(&self) -> BTreeMap<(String, String), bool> {
        let args = ["alert", "query", "--inhibited", "--active", "-o", "json"].map(str::to_owned);
        let answer: Value = serde_json::from_str(&self.run(&args).unwrap()).unwrap();
        let label = |alert: &Value, name: &str| alert["labels"][name].as_str().unwrap().to_owned();
        let known = answer.as_array().unwrap().iter().map(|alert| {
            let inhibited = !alert["status"]["inhibitedBy"]
                .as_array()
                .unwrap()
                .is_empty();
            (
                (label(alert, "namespace"), label(alert, "alertname")),
                inhibited,
            )
        });
        known.collect()
    }
}

#[test]
fn what_follows_from_a_firing_alert_is_not_sent() {
    let tools = String::from_utf8(
        Command::new(backend("alertmanager"))
            .output()
            .unwrap()
            .stdout,
    );
    let advice = fs::read_to_string(folder().join("alerts/inhibit.yml")).unwrap();
    let config = format!("route: {{receiver: none}}\nreceivers: [{{name: none}}]\n{advice}");
    let server = Served::start("alertmanager", &config, &[]);
    let client = Client {
        program: Path::new(tools.unwrap().trim())
            .join("amtool")
            .display()
            .to_string(),
        url: format!("http://{}", server.address),
    };
    let patience = (0..300).find(|_| {
        sleep(Duration::from_millis(100));
        client
            .run(&["cluster".to_owned(), "show".to_owned()])
            .is_some()
    });
    assert!(patience.is_some(), "Alertmanager does not answer");

    let mut expected = BTreeMap::new();
    for alert in alerts::all() {
        for source in alert
            .follows
            .iter()
            .map(|name| alerts::named(name).unwrap())
        {
            let namespace = format!("{}-{}", source.name, alert.name);
            for (alert, inhibited) in [(source, false), (alert, true)] {
                client.fire(alert, &namespace);
                expected.insert((namespace.clone(), alert.name.to_owned()), inhibited);
            }
            // In another namespace it is another case.
            let other = format!("{namespace}-other");
            client.fire(alert, &other);
            expected.insert((other, alert.name.to_owned()), false);
        }
    }
    assert!(expected.len() > 60);
    assert_eq!(client.alerts(), expected);
}
