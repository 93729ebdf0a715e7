//! Nexus endpoints: the queues behind their names.

use std::collections::BTreeMap;

use crate::{
    proto::{
        command::{Command, command::Attributes as Wanted},
        nexus::{Endpoint, endpoint_target::Variant},
    },
    queue::{QueueKey, nexus_queue},
};

/// All endpoints, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Endpoints(pub(crate) BTreeMap<String, Endpoint>);

/// The name of an endpoint.
pub(crate) fn name(endpoint: &Endpoint) -> &str {
    endpoint.spec.as_ref().map_or("", |spec| &spec.name)
}

impl Endpoints {
    /// The endpoints that commands name, with their ids.
    pub(crate) fn named_in(&self, commands: &[Command]) -> BTreeMap<String, String> {
        let names = commands
            .iter()
            .filter_map(|command| match command.attributes.as_ref()? {
                Wanted::ScheduleNexusOperationCommandAttributes(wanted) => Some(&wanted.endpoint),
                _ => None,
            });
        let ids = names.filter_map(|wanted| {
            let mut all = self.0.iter();
            let (id, _) = all.find(|(_, endpoint)| name(endpoint) == wanted)?;
            Some((wanted.clone(), id.clone()))
        });
        ids.collect()
    }

    /// The queue that an endpoint leads to.
    pub(crate) fn queue_of(&self, id: &str) -> Option<QueueKey> {
        let target = self.0.get(id)?.spec.as_ref()?.target.as_ref()?;
        match target.variant.as_ref()? {
            Variant::Worker(worker) => {
                Some(nexus_queue(worker.namespace.clone(), &worker.task_queue))
            }
            Variant::External(_) => None,
        }
    }
}
