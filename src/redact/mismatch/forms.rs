//! The forms of the core's messages of non-determinism: the one table of its wording.

/// A part of a form.
pub(super) enum Part {
    /// Text as it is.
    Is(&'static str),
    /// The id of an event.
    EventId,
    /// The kind of an event.
    Event,
    /// Anything up to the next text, which is not kept.
    Skipped,
    /// An id or a name that the history has, up to the next text.
    Recorded,
    /// An id or a name that the code gave, up to the next text.
    Given,
}

use Part::{Event, EventId, Given, Is, Recorded, Skipped};

/// The end of a form that shows an event by its id and kind.
const EVENT: [Part; 5] = [Is("HistoryEvent(id: "), EventId, Is(", "), Event, Is(")")];

/// The end of a form that shows a whole event, of which id and kind come first.
const WHOLE_EVENT: [Part; 6] = [
    Is("HistoryEvent { event_id: "),
    EventId,
    Is(", "),
    Skipped,
    Is("event_type: "),
    Event,
];

/// A form of message.
pub(super) struct Form(
    pub(super) &'static str,
    pub(super) &'static [Part],
    pub(super) &'static [Part],
);

/// The core's messages, without those about its own state.
pub(super) const FORMS: &[Form] = &[
    Form(
        "no_command_for_event",
        &[Is("No command scheduled for event ")],
        &EVENT,
    ),
    Form(
        "other_command",
        &[
            Is("[TMPRL1100] Nondeterminism error: "),
            Given,
            Is(" machine does not handle this event: "),
        ],
        &EVENT,
    ),
    Form(
        "other_command",
        &[
            Is("[TMPRL1100] Nondeterminism error: "),
            Given,
            Is(" machine cannot handle this event: "),
        ],
        &EVENT,
    ),
    Form(
        "other_command",
        &[
            Is("[TMPRL1100] Nondeterminism error: "),
            Given,
            Is(" machine does not handle this event: "),
        ],
        &WHOLE_EVENT,
    ),
    Form(
        "no_command_for_event",
        &[Is("could not find a matching command for it: ")],
        &WHOLE_EVENT,
    ),
    Form(
        "activity_id",
        &[
            Is("Activity id of scheduled event '"),
            Recorded,
            Is("' does not match activity id of activity command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "activity_type",
        &[
            Is("Activity type of scheduled event '"),
            Recorded,
            Is("' does not match activity type of activity command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "child_workflow_id",
        &[
            Is("Child workflow id of scheduled event '"),
            Recorded,
            Is("' does not match child workflow id of command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "child_workflow_type",
        &[
            Is("Child workflow type of scheduled event '"),
            Recorded,
            Is("' does not match child workflow type of command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "local_activity_id",
        &[
            Is("Activity id of recorded marker '"),
            Recorded,
            Is("' does not match activity id of local activity command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "local_activity_type",
        &[
            Is("Activity type of recorded marker '"),
            Recorded,
            Is("' does not match activity type of local activity command '"),
            Given,
            Is("'"),
        ],
        &[],
    ),
    Form(
        "local_activity_number",
        &[
            Is("Local activity marker data has sequence number "),
            Recorded,
            Is(" but matched against LA command with sequence number "),
            Given,
            Is(""),
        ],
        &[],
    ),
    Form(
        "patch",
        &[
            Is("Non-deprecated patch marker encountered for change "),
            Recorded,
            Is(", but there is no corresponding change command"),
        ],
        &[],
    ),
    Form(
        "patch",
        &[
            Is("Change id "),
            Recorded,
            Is(" does not match expected id "),
            Given,
            Is(""),
        ],
        &[],
    ),
    // Not the core, but the SDK above it.
    Form(
        "foreign_future",
        &[Is("[TMPRL1100] Nondeterministic future detected: ")],
        &[],
    ),
];
