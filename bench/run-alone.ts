import { job, JobOperator, MemoryJobRepository, type Step, type StepExecution } from 'chunkwise'

/** Runs one step in memory as a service does. `runStep` of the test kit keeps what is written, which costs. */
export async function runAlone(step: Step<Record<never, never>>): Promise<StepExecution> {
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(job('bench').start(step).build())
  execution.throwIfUnsuccessful()
  return execution.stepExecutions[0] as StepExecution
}
