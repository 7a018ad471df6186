/** What the idempotency keys of a step of a job instance begin with. */
export function stepKeyPrefix(jobInstanceId: number, stepName: string): string {
  return `${jobInstanceId}:${withoutColons(stepName)}:`
}

/** So that a key is that of one step only: what stands behind the second colon may hold any character. */
function withoutColons(stepName: string): string {
  return stepName.replace(/[%:]/g, encodeURIComponent)
}
