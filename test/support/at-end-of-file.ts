import { afterAll } from 'vitest'

const tasks: (() => Promise<void>)[] = []

/** Calls `task` when all tests of this file have ended, last registered first; may be called from a hook or a test. */
export function atEndOfFile(task: () => Promise<void>): void {
  tasks.push(task)
}

// This module is a setup file of Vitest: it is loaded once for each test file, before it.
afterAll(async () => {
  const failures: unknown[] = []
  for (const task of tasks.splice(0).toReversed()) {
    await task().catch((error: unknown) => failures.push(error))
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
})
