import { AsyncLocalStorage } from 'node:async_hooks'
import type { TaskSlot } from './task-slot.js'

// One storage for all executors, since each storage costs something at every promise. It names the innermost task only:
// a chain of tasks in which each submits the next for ever does not remember all before it.
const storage = new AsyncLocalStorage<TaskSlot | undefined>()

/** The slot of the task that is running, of whichever executor; `undefined` outside tasks and for one without a slot. */
export function currentSlot(): TaskSlot | undefined {
  return storage.getStore()
}

/** Calls `task` as the task that has this slot, or has none. */
export function runWithSlot<T>(slot: TaskSlot | undefined, task: () => T): T {
  return storage.run(slot, task)
}
