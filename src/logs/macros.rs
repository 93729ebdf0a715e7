//! The replay-safe logging macros.

use crate::{
    execution::{current_replay, hide},
    replay::{GatedSignal, Verdict, admit as gate},
};

/// Asks the gate about a log event of the current execution.
#[inline]
#[must_use]
pub fn admit() -> bool {
    let admitted = gate(GatedSignal::Log, current_replay()) != Verdict::Drop;
    if !admitted {
        hide(0);
    }
    admitted
}

macro_rules! event_macros {
    ($dollar:tt $($name:ident $level:ident $description:literal;)*) => {
        $(
            #[doc = concat!("Logs at the ", $description, " level, once however often a workflow is replayed.")]
            ///
            #[doc = concat!("The syntax is that of [`tracing::", stringify!($name), "!`].")]
            ///
            /// ```
            #[doc = concat!("chronoscope::", stringify!($name), "!(item = \"socks\", \"bought {}\", 2);")]
            /// ```
            #[macro_export]
            macro_rules! $name {
                ($dollar($dollar arg:tt)*) => {{
                    use $crate::logs::__macro_support::tracing as __tracing;
                    if __tracing::level_enabled!(__tracing::Level::$level)
                        && $crate::logs::__macro_support::admit()
                    {
                        __tracing::$name!($dollar($dollar arg)*);
                    }
                }};
            }
        )*
    };
}

event_macros! { $
    trace TRACE "trace";
    debug DEBUG "debug";
    info INFO "info";
    warn WARN "warn";
    error ERROR "error";
}
