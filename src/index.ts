// Jobs and steps
export { job } from './job/job-builder.js'
export type { JobBuilder, JobStart, JobTransitionBuilder } from './job/job-builder.js'
export { flow } from './job/flow/flow-builder.js'
export type { FlowBuilder, FlowStart, FlowTransitionBuilder } from './job/flow/flow-builder.js'
export type { FitsName, FitsParameters, IsThere } from './job/flow/flow-fit.js'
export { decision } from './job/flow/decision.js'
export { split } from './job/flow/split.js'
export type { NamesOfFlows, ParametersOfFlows, SplitOptions } from './job/flow/split.js'
export { flowStep, nestedFlow } from './job/flow/flow-step.js'
export type { FlowStepOptions } from './job/flow/flow-step.js'
export type {
  Decider,
  Decision,
  DecisionContext,
  Flow,
  FlowElement,
  FlowPlace,
  FlowTarget,
  FlowTransition,
  Split,
} from './job/flow/flow.js'
export type { JobDescription, NodeDescription, TransitionDescription } from './job/job-description.js'
export { jobStep, nestedJob } from './job/job-step.js'
export type { GivenJobStepOptions, JobStepOptions } from './job/job-step.js'
export type { FitsIncrementer } from './job/job-incrementer.js'
export type { Job, JobOptions } from './job/job.js'
export { chunk, chunkStep } from './step/chunk/chunk-step.js'
export type { ChunkSettings, ChunkStepOptions, PlainChunkStepOptions } from './step/chunk/chunk-options.js'
export type { ChunkBounds, ChunkCompletion, ChunkSize, CompletionPolicy } from './step/chunk/completion.js'
export type { StepTimeouts } from './step/chunk/timeouts.js'
export { tasklet, taskletStep } from './step/tasklet/tasklet-step.js'
export type {
  OutsideTasklet,
  OutsideTaskletContext,
  OutsideTaskletFunction,
  Tasklet,
  TaskletContext,
  TaskletFunction,
  TaskletResult,
} from './step/tasklet/tasklet.js'
export type { TaskletStepOptions, TaskletTimeouts } from './step/tasklet/tasklet-options.js'
export { CommandTasklet } from './step/tasklet/command-tasklet.js'
export type { CommandArguments, CommandTaskletOptions } from './step/tasklet/command-options.js'
export { partition, partitionStep } from './step/partition/partition-step.js'
export type { PartitionStepOptions } from './step/partition/partition-step.js'
export type { Partition, Partitioner, PartitionerOption, Partitions } from './domain/partition.js'
export { listPartitioner } from './step/partition/list-partitioner.js'
export { TaskExecutorPartitionHandler } from './step/partition/task-executor-partition-handler.js'
export type { TaskExecutorPartitionHandlerOptions } from './step/partition/task-executor-partition-handler.js'
export type { PartitionHandler, PartitionRequest, PartitionResult } from './step/partition/partition-handler.js'
export type { PromotionOptions } from './step/promotion.js'
export type { DefinitionKind, StepDefinition } from './step/step-definition.js'
export type { StepDescription } from './step/step-description.js'
export type { ChunkChange, ItemStep, Step, StepEnd, StepOptions } from './step/step.js'
export type { Backoff, BackoffOptions } from './domain/backoff.js'
export { deadLetterRecord } from './step/fault/dead-letter.js'
export type { DeadLetter, DeadLetterRecord } from './step/fault/dead-letter.js'
export type { ErrorClass, ErrorPattern } from './step/fault/error-pattern.js'
export type { RetryOptions, RetryPolicy } from './step/fault/retry-policy.js'
export type {
  DeadLetterOption,
  DeadLetterWriter,
  SkipOptions,
  SkipPolicy,
  SkipPolicyOption,
  SkipRatio,
} from './step/fault/skip-policy.js'

// Running them
export { JobOperator } from './launch/job-operator.js'
export { JobExplorer } from './launch/job-explorer.js'
export type { AnyParameters, Given, RestartOptions } from './launch/start-input.js'
export type { JobHandle } from './launch/job-handle.js'
export type { JobOperatorOptions } from './launch/operator-options.js'
export type { PruneOptions, PruneReport } from './launch/prune-executions.js'
export type { OperatorShutdownOptions, ShutdownReport } from './launch/shutdown.js'
export { PoolTaskExecutor } from './executor/pool-task-executor.js'
export type { PoolTaskExecutorOptions, RejectionPolicy } from './executor/pool-task-executor.js'
export { SimpleAsyncTaskExecutor } from './executor/simple-async-task-executor.js'
export type { SimpleAsyncTaskExecutorOptions } from './executor/simple-async-task-executor.js'
export { SyncTaskExecutor } from './executor/sync-task-executor.js'
export type { SyncTaskExecutorOptions } from './executor/sync-task-executor.js'
export type { ShutdownOptions, TaskExecutor } from './executor/task-executor.js'

// Items
export type { ItemContext, ReadContext, WriteContext } from './item/item-context.js'
export type { ItemProcessor } from './item/item-processor.js'
export type { HeldConnections, ItemReader, KeyedItemReader } from './item/item-reader.js'
export type { ItemStream } from './item/item-stream.js'
export type { Gap, ItemRange, RangedItemReader } from './item/ranged-item-reader.js'
export type { ItemWriter } from './item/item-writer.js'
export { stepScope } from './item/item-source.js'
export type {
  ProcessFunction,
  ProcessorOption,
  Readable,
  ReaderOption,
  StepScoped,
  WriteFunction,
  WriterOption,
} from './item/item-source.js'

// Items made of others
export { CompositeItemReader } from './item/composite-item-reader.js'
export { CompositeItemProcessor } from './item/composite-item-processor.js'
export type { CompositeItemProcessorConstructor, InnerProcessor } from './item/composite-item-processor.js'
export { CompositeItemWriter } from './item/composite-item-writer.js'
export type { DelegatingItemWriter, InnerWriter } from './item/delegating-item-writer.js'
export { ClassifierCompositeItemProcessor } from './item/classifier-composite-item-processor.js'
export type { ClassifierCompositeItemProcessorOptions } from './item/classifier-composite-item-processor.js'
export { ClassifierCompositeItemWriter } from './item/classifier-composite-item-writer.js'
export type { ClassifierCompositeItemWriterOptions } from './item/classifier-composite-item-writer.js'
export { FilteringItemProcessor } from './item/filtering-item-processor.js'
export { GroupingItemReader, GroupTooLargeError } from './item/grouping-item-reader.js'
export type { GroupingItemReaderOptions } from './item/grouping-item-reader.js'
export { MappingItemWriter } from './item/mapping-item-writer.js'
export type { MappingItemWriterOptions } from './item/mapping-item-writer.js'
export { PeekableItemReader } from './item/peekable-item-reader.js'
export { ReadableItemReader } from './item/readable-item-reader.js'
export { SynchronizedItemStreamReader } from './item/synchronized-item-stream-reader.js'
export { ItemValidationError, ValidatingItemProcessor } from './item/validating-item-processor.js'
export type {
  ItemIssue,
  ItemSchema,
  SchemaIssue,
  SchemaResult,
  ValidatingItemProcessorOptions,
} from './item/validating-item-processor.js'
export { WritableItemWriter } from './item/writable-item-writer.js'
export type { MakeWritable } from './item/writable-item-writer.js'
export { UnknownDelegateError } from './item/classify.js'

// Listeners
export { listener } from './listener/listener.js'
export type { ListenerEvents, ListenerOf } from './listener/listener.js'
export type { FaultListener, RetryInfo } from './listener/fault-listener.js'
export type { JobListener } from './listener/job-listener.js'
export type {
  ChunkInfo,
  ChunkListener,
  ChunkStepListener,
  ItemListener,
  StepListener,
  TaskletStepListener,
} from './listener/step-listener.js'

// Watching it run
export { chunkChannel, jobChannel, stepChannel } from './listener/traces.js'
export type { ChunkTrace, JobTrace, StepTrace } from './listener/traces.js'
export type { Trace } from './support/traced.js'
export { loggingListener } from './listener/logging-listener.js'
export type { LoggingListener, LoggingListenerOptions } from './listener/logging-listener.js'
export { progressBar } from './listener/progress-bar.js'
export type { ProgressBarOptions, ProgressStream } from './listener/progress-bar.js'
export { progressListener } from './listener/progress-listener.js'
export type { ProgressListener, ProgressOptions, ProgressWatch } from './listener/progress-listener.js'
export type { InputExtent, Progress } from './domain/progress.js'

// Transactions
export { currentTransaction } from './transaction/current-transaction.js'
export type { TransactionContext } from './transaction/transaction-context.js'
export type { ManagedTransaction, Transaction, TransactionManager } from './transaction/transaction.js'

// The repository
export { MemoryJobRepository } from './repository/memory/memory-job-repository.js'
export type { MemoryJobRepositoryOptions } from './repository/memory/memory-job-repository.js'
export type {
  CheckpointAnswer,
  JobExecutionRequest,
  JobRepository,
  LeasePage,
  Page,
  PruneAnswer,
  PruneRequest,
  StepExecutionRequest,
  StepHistory,
} from './repository/job-repository.js'
export type { PartitionSeed, PartitionsRequest, StepSummariesRequest, StepSummary } from './repository/partitions.js'
export type { InputRange, LedgerRange, RangeFold, RangeRecord } from './repository/range-ledger.js'
export type { HeldExecution, Lease, LeaseState, OwnerRequest, OwnerSession } from './repository/lease.js'

// The nouns
export { BatchStatus } from './domain/batch-status.js'
export type { BatchStatusRules } from './domain/batch-status.js'
export { contextKey } from './domain/context-key.js'
export type { ContextKey } from './domain/context-key.js'
export { ExecutionContext } from './domain/execution-context.js'
export type { ReadonlyExecutionContext } from './domain/execution-context.js'
export { ExitStatus } from './domain/exit-status.js'
export { JobExecution } from './domain/job-execution.js'
export type { JobExecutionData } from './domain/job-execution.js'
export type { JobInstance } from './domain/job-instance.js'
export { jobKey } from './domain/job-key.js'
export { parameterValues } from './domain/job-parameters.js'
export type { JobParameter, JobParameters } from './domain/job-parameters.js'
export { RunIdIncrementer } from './domain/run-id-incrementer.js'
export type { RunIdDeclaration, RunIdIncrementerOptions } from './domain/run-id-incrementer.js'
export type {
  IncrementFunction,
  JobParametersIncrementer,
  LastParameters,
} from './domain/job-parameters-incrementer.js'
export type { DoesNotFit } from './domain/does-not-fit.js'
export type { ParameterDescription } from './domain/describe-parameters.js'
export type { ParameterCheck, StandardSchema } from './domain/parameter-check.js'
export type {
  FitsShape,
  MergedShape,
  ParameterDeclaration,
  ParameterInput,
  ParameterShape,
  ParameterValues,
} from './domain/parameter-shape.js'
export type { ParameterType, ParameterTypes, ParameterValue } from './domain/parameter-types.js'
export { parseJsonParameters } from './domain/parse-json-parameters.js'
export { parseParameters, parseParameterText } from './domain/parse-parameters.js'
export { addCounts } from './domain/step-counts.js'
export type { StepCounts } from './domain/step-counts.js'
export type { NoParameters, StepContext } from './domain/step-context.js'
export type { Guarantee, StepExecution } from './domain/step-execution.js'

// Errors
export { BatchError } from './domain/batch-error.js'
export type { BatchErrorOptions } from './domain/batch-error.js'
export { CrashLoopError } from './domain/crash-loop-error.js'
export { ContextFormatError } from './domain/context-format-error.js'
export { InvalidContextValueError } from './domain/context-value-error.js'
export { InvalidParametersError } from './domain/invalid-parameters-error.js'
export type { ParameterProblem } from './domain/invalid-parameters-error.js'
export {
  JobExecutionAlreadyRunningError,
  JobExecutionUnsuccessfulError,
  JobInstanceAlreadyCompleteError,
  JobKeyCollisionError,
  JobRestartError,
  NoIncrementerError,
  NoSuchExecutionError,
  NotAbandonableError,
  OperatorClosedError,
  UnknownJobError,
} from './domain/launch-errors.js'
export { InvalidOptionError } from './domain/option-error.js'
export { OwnershipLostError, PoolTooSmallError, SchemaError } from './domain/ownership-errors.js'
export { StartLimitExceededError, StepStateUnknownError, StopRequestedError } from './domain/step-errors.js'
export { PromotionError } from './step/promotion.js'
export { InvalidPartitionError, PartitionsFailedError } from './step/partition/partition-errors.js'
export { DecisionError, NoTransitionError } from './job/flow/flow-errors.js'
export { SkipLimitExceededError } from './step/fault/skip-errors.js'
export { TimeoutError } from './domain/timeout-error.js'
export type { TimeLimited } from './domain/timeout-error.js'
export { ExecutorShutDownError, TaskRejectedError } from './executor/executor-errors.js'
export {
  IncompleteStreamError,
  PositionError,
  ReaderContractError,
  StreamInUseError,
  WriterReturnError,
} from './item/item-errors.js'
export { LedgerIncompleteError, LedgerOpenError } from './repository/ledger-errors.js'
export {
  ForeignTransactionError,
  StartInDoubtError,
  StoredNumberError,
  UnknownOwnerError,
} from './repository/repository-errors.js'
export type { CommandFailure } from './step/tasklet/command-errors.js'
export { CommandFailedError, CommandStartError } from './step/tasklet/command-errors.js'
export { TaskletResultError } from './step/tasklet/tasklet-result.js'
export { ContextReadOnlyError } from './step/chunk/sealed-context.js'
export { SqlError } from './sql/sql-error.js'
export type { SqlErrorInfo, SqlErrorKind } from './sql/sql-error.js'
export {
  CommitOutcomeUnknownError,
  SwallowedSqlError,
  TransactionEndedError,
} from './transaction/transaction-errors.js'

// What stands under everything
export { systemClock } from './support/clock.js'
export type { Clock, Timer } from './support/clock.js'
export { consoleLogger } from './support/console-logger.js'
export type { LogLevel } from './support/console-logger.js'
export type { Duration } from './support/duration.js'
export type { Json } from './support/json.js'
export { silentLogger } from './support/logger.js'
export type { LogMethod, Logger } from './support/logger.js'
