//! Every method of the workflow service, as the client calls it.

use std::pin::Pin;

use prost::Message as _;
use temporalio_client::{
    Connection,
    grpc::WorkflowService,
    tonic::{Request, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::*;

/// Gives a request its metadata and its deadline.
pub type Dress = std::sync::Arc<dyn Fn(&mut tonic::metadata::MetadataMap) + Send + Sync>;

type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>, Status>> + Send>>;

/// A method of the client, and how to call it with a request without a field.
pub struct Method {
    pub name: &'static str,
    pub call: fn(Connection, Dress) -> Answer,
}

fn dressed<T>(message: T, dress: &Dress) -> Request<T> {
    let mut request = Request::new(message);
    dress(request.metadata_mut());
    request
}

macro_rules! methods {
    ($($method:ident $request:ident;)*) => {
        #[allow(deprecated, reason = "the service has them")]
        pub const METHODS: &[Method] = &[$(Method {
            name: stringify!($method),
            call: |mut connection, dress| Box::pin(async move {
                let request = dressed($request::default(), &dress);
                let answer = WorkflowService::$method(&mut connection, request).await?;
                Ok(answer.into_inner().encode_to_vec())
            }),
        }),*];
    };
}

methods! {
    register_namespace RegisterNamespaceRequest;
    describe_namespace DescribeNamespaceRequest;
    list_namespaces ListNamespacesRequest;
    update_namespace UpdateNamespaceRequest;
    deprecate_namespace DeprecateNamespaceRequest;
    start_workflow_execution StartWorkflowExecutionRequest;
    get_workflow_execution_history GetWorkflowExecutionHistoryRequest;
    get_workflow_execution_history_reverse GetWorkflowExecutionHistoryReverseRequest;
    poll_workflow_task_queue PollWorkflowTaskQueueRequest;
    respond_workflow_task_completed RespondWorkflowTaskCompletedRequest;
    respond_workflow_task_failed RespondWorkflowTaskFailedRequest;
    poll_activity_task_queue PollActivityTaskQueueRequest;
    record_activity_task_heartbeat RecordActivityTaskHeartbeatRequest;
    record_activity_task_heartbeat_by_id RecordActivityTaskHeartbeatByIdRequest;
    respond_activity_task_completed RespondActivityTaskCompletedRequest;
    respond_activity_task_completed_by_id RespondActivityTaskCompletedByIdRequest;
    respond_activity_task_failed RespondActivityTaskFailedRequest;
    respond_activity_task_failed_by_id RespondActivityTaskFailedByIdRequest;
    respond_activity_task_canceled RespondActivityTaskCanceledRequest;
    respond_activity_task_canceled_by_id RespondActivityTaskCanceledByIdRequest;
    request_cancel_workflow_execution RequestCancelWorkflowExecutionRequest;
    signal_workflow_execution SignalWorkflowExecutionRequest;
    signal_with_start_workflow_execution SignalWithStartWorkflowExecutionRequest;
    reset_workflow_execution ResetWorkflowExecutionRequest;
    terminate_workflow_execution TerminateWorkflowExecutionRequest;
    delete_workflow_execution DeleteWorkflowExecutionRequest;
    list_open_workflow_executions ListOpenWorkflowExecutionsRequest;
    list_closed_workflow_executions ListClosedWorkflowExecutionsRequest;
    list_workflow_executions ListWorkflowExecutionsRequest;
    list_archived_workflow_executions ListArchivedWorkflowExecutionsRequest;
    scan_workflow_executions ScanWorkflowExecutionsRequest;
    count_workflow_executions CountWorkflowExecutionsRequest;
    create_workflow_rule CreateWorkflowRuleRequest;
    describe_workflow_rule DescribeWorkflowRuleRequest;
    delete_workflow_rule DeleteWorkflowRuleRequest;
    list_workflow_rules ListWorkflowRulesRequest;
    trigger_workflow_rule TriggerWorkflowRuleRequest;
    get_search_attributes GetSearchAttributesRequest;
    respond_query_task_completed RespondQueryTaskCompletedRequest;
    reset_sticky_task_queue ResetStickyTaskQueueRequest;
    query_workflow QueryWorkflowRequest;
    describe_workflow_execution DescribeWorkflowExecutionRequest;
    describe_task_queue DescribeTaskQueueRequest;
    get_cluster_info GetClusterInfoRequest;
    get_system_info GetSystemInfoRequest;
    list_task_queue_partitions ListTaskQueuePartitionsRequest;
    create_schedule CreateScheduleRequest;
    describe_schedule DescribeScheduleRequest;
    update_schedule UpdateScheduleRequest;
    patch_schedule PatchScheduleRequest;
    list_schedule_matching_times ListScheduleMatchingTimesRequest;
    delete_schedule DeleteScheduleRequest;
    list_schedules ListSchedulesRequest;
    count_schedules CountSchedulesRequest;
    update_worker_build_id_compatibility UpdateWorkerBuildIdCompatibilityRequest;
    get_worker_build_id_compatibility GetWorkerBuildIdCompatibilityRequest;
    get_worker_task_reachability GetWorkerTaskReachabilityRequest;
    update_workflow_execution UpdateWorkflowExecutionRequest;
    poll_workflow_execution_update PollWorkflowExecutionUpdateRequest;
    start_batch_operation StartBatchOperationRequest;
    stop_batch_operation StopBatchOperationRequest;
    describe_batch_operation DescribeBatchOperationRequest;
    describe_deployment DescribeDeploymentRequest;
    list_batch_operations ListBatchOperationsRequest;
    list_deployments ListDeploymentsRequest;
    execute_multi_operation ExecuteMultiOperationRequest;
    get_current_deployment GetCurrentDeploymentRequest;
    get_deployment_reachability GetDeploymentReachabilityRequest;
    get_worker_versioning_rules GetWorkerVersioningRulesRequest;
    update_worker_versioning_rules UpdateWorkerVersioningRulesRequest;
    poll_nexus_task_queue PollNexusTaskQueueRequest;
    respond_nexus_task_completed RespondNexusTaskCompletedRequest;
    respond_nexus_task_failed RespondNexusTaskFailedRequest;
    set_current_deployment SetCurrentDeploymentRequest;
    shutdown_worker ShutdownWorkerRequest;
    update_activity_options UpdateActivityOptionsRequest;
    pause_activity PauseActivityRequest;
    unpause_activity UnpauseActivityRequest;
    update_workflow_execution_options UpdateWorkflowExecutionOptionsRequest;
    reset_activity ResetActivityRequest;
    delete_worker_deployment DeleteWorkerDeploymentRequest;
    delete_worker_deployment_version DeleteWorkerDeploymentVersionRequest;
    describe_worker_deployment DescribeWorkerDeploymentRequest;
    describe_worker_deployment_version DescribeWorkerDeploymentVersionRequest;
    list_worker_deployments ListWorkerDeploymentsRequest;
    set_worker_deployment_current_version SetWorkerDeploymentCurrentVersionRequest;
    set_worker_deployment_ramping_version SetWorkerDeploymentRampingVersionRequest;
    update_worker_deployment_version_metadata UpdateWorkerDeploymentVersionMetadataRequest;
    list_workers ListWorkersRequest;
    count_workers CountWorkersRequest;
    record_worker_heartbeat RecordWorkerHeartbeatRequest;
    update_task_queue_config UpdateTaskQueueConfigRequest;
    fetch_worker_config FetchWorkerConfigRequest;
    update_worker_config UpdateWorkerConfigRequest;
    describe_worker DescribeWorkerRequest;
    set_worker_deployment_manager SetWorkerDeploymentManagerRequest;
    pause_workflow_execution PauseWorkflowExecutionRequest;
    unpause_workflow_execution UnpauseWorkflowExecutionRequest;
    start_activity_execution StartActivityExecutionRequest;
    describe_activity_execution DescribeActivityExecutionRequest;
    poll_activity_execution PollActivityExecutionRequest;
    list_activity_executions ListActivityExecutionsRequest;
    count_activity_executions CountActivityExecutionsRequest;
    request_cancel_activity_execution RequestCancelActivityExecutionRequest;
    terminate_activity_execution TerminateActivityExecutionRequest;
    delete_activity_execution DeleteActivityExecutionRequest;
    pause_activity_execution PauseActivityExecutionRequest;
    unpause_activity_execution UnpauseActivityExecutionRequest;
    reset_activity_execution ResetActivityExecutionRequest;
    update_activity_execution_options UpdateActivityExecutionOptionsRequest;
    count_nexus_operation_executions CountNexusOperationExecutionsRequest;
    create_worker_deployment CreateWorkerDeploymentRequest;
    create_worker_deployment_version CreateWorkerDeploymentVersionRequest;
    delete_nexus_operation_execution DeleteNexusOperationExecutionRequest;
    describe_nexus_operation_execution DescribeNexusOperationExecutionRequest;
    list_nexus_operation_executions ListNexusOperationExecutionsRequest;
    poll_nexus_operation_execution PollNexusOperationExecutionRequest;
    poll_workflow_execution_time_skipping PollWorkflowExecutionTimeSkippingRequest;
    request_cancel_nexus_operation_execution RequestCancelNexusOperationExecutionRequest;
    start_nexus_operation_execution StartNexusOperationExecutionRequest;
    terminate_nexus_operation_execution TerminateNexusOperationExecutionRequest;
    update_worker_deployment_version_compute_config UpdateWorkerDeploymentVersionComputeConfigRequest;
    validate_worker_deployment_version_compute_config ValidateWorkerDeploymentVersionComputeConfigRequest;
}
