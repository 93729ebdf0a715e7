//! When something that failed is retried.

use std::time::Duration;

use crate::{
    clock::{Time, proto_span, span},
    proto::{
        Failure,
        common::RetryPolicy,
        enums::{RetryState, TimeoutType},
        failure::failure::FailureInfo,
    },
};

const INITIAL: Duration = Duration::from_secs(1);
const COEFFICIENT: f64 = 2.0;
const MAXIMUM_FACTOR: u32 = 100;

/// Whether the failure itself allows another attempt.
pub(crate) fn is_retryable(failure: &Failure) -> bool {
    match &failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => !info.non_retryable,
        Some(FailureInfo::ServerFailureInfo(info)) => !info.non_retryable,
        Some(FailureInfo::TerminatedFailureInfo(_) | FailureInfo::CanceledFailureInfo(_)) => false,
        Some(FailureInfo::TimeoutFailureInfo(info)) => matches!(
            info.timeout_type(),
            TimeoutType::StartToClose | TimeoutType::Heartbeat
        ),
        _ => true,
    }
}

/// The policy with the defaults filled in, for activities.
pub(crate) fn with_defaults(policy: Option<RetryPolicy>) -> RetryPolicy {
    let mut policy = policy.unwrap_or_default();
    let initial = policy.initial_interval.get_or_insert(proto_span(INITIAL));
    if policy.backoff_coefficient == 0.0 {
        policy.backoff_coefficient = COEFFICIENT;
    }
    let most = span(Some(initial)).saturating_mul(MAXIMUM_FACTOR);
    policy.maximum_interval.get_or_insert(proto_span(most));
    policy
}

/// What is wrong with a policy.
pub(crate) fn check(policy: &RetryPolicy) -> Result<(), &'static str> {
    let negative = |span: &Option<crate::proto::Span>| {
        span.as_ref()
            .is_some_and(|span| span.seconds < 0 || span.nanos < 0)
    };
    if negative(&policy.initial_interval) {
        return Err("InitialInterval cannot be negative on retry policy.");
    }
    if policy.backoff_coefficient != 0.0 && policy.backoff_coefficient < 1.0 {
        return Err("BackoffCoefficient cannot be less than 1 on retry policy.");
    }
    if negative(&policy.maximum_interval) {
        return Err("MaximumInterval cannot be negative on retry policy.");
    }
    let (least, most) = (
        span(policy.initial_interval.as_ref()),
        span(policy.maximum_interval.as_ref()),
    );
    if !most.is_zero() && most < least {
        return Err("MaximumInterval cannot be less than InitialInterval on retry policy.");
    }
    if policy.maximum_attempts < 0 {
        return Err("MaximumAttempts cannot be negative on retry policy.");
    }
    Ok(())
}

/// How long to wait before the attempt after `attempt`, or why there is none.
pub(crate) fn next(
    policy: Option<&RetryPolicy>,
    attempt: i32,
    failure: &Failure,
    now: Time,
    expires: Option<Time>,
) -> Result<Duration, RetryState> {
    let Some(policy) = policy else {
        return Err(RetryState::RetryPolicyNotSet);
    };
    if !is_retryable(failure) || is_excluded(policy, failure) {
        return Err(RetryState::NonRetryableFailure);
    }
    if policy.maximum_attempts > 0 && attempt >= policy.maximum_attempts {
        return Err(RetryState::MaximumAttemptsReached);
    }
    let wait = asked_for(failure).unwrap_or_else(|| interval(policy, attempt));
    if expires.is_some_and(|expires| now.after(wait) > expires) {
        return Err(RetryState::Timeout);
    }
    Ok(wait)
}

fn is_excluded(policy: &RetryPolicy, failure: &Failure) -> bool {
    let name = match &failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => info.r#type.as_str(),
        Some(FailureInfo::TimeoutFailureInfo(info)) => match info.timeout_type() {
            TimeoutType::StartToClose => "TemporalTimeout:StartToClose",
            TimeoutType::Heartbeat => "TemporalTimeout:Heartbeat",
            _ => return false,
        },
        _ => return false,
    };
    policy
        .non_retryable_error_types
        .iter()
        .any(|excluded| excluded == name)
}

fn asked_for(failure: &Failure) -> Option<Duration> {
    match &failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => info
            .next_retry_delay
            .as_ref()
            .map(|delay| span(Some(delay))),
        _ => None,
    }
}

fn interval(policy: &RetryPolicy, attempt: i32) -> Duration {
    let initial = span(policy.initial_interval.as_ref()).as_secs_f64();
    let grown = initial * policy.backoff_coefficient.powi(attempt.saturating_sub(1));
    let most = span(policy.maximum_interval.as_ref());
    match Duration::try_from_secs_f64(grown) {
        Ok(wait) if most.is_zero() || wait <= most => wait,
        _ => most,
    }
}
