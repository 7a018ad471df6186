import { AsyncLocalStorage } from 'node:async_hooks'
import type { Slots } from './slots.js'
import type { TaskSlot } from './task-slot.js'

// One storage for all executors, since each storage costs something at every promise. It has the innermost task of each
// executor, and none that has ended: a chain of tasks in which each submits the next for ever does not remember all
// before it.
const storage = new AsyncLocalStorage<readonly TaskSlot[]>()

/** The slot among `slots` that the running task holds, itself or a task around it; `undefined` when there is none. */
export function currentSlot(slots: Slots): TaskSlot | undefined {
  return storage.getStore()?.find((slot) => slot.slots === slots)
}

/** Calls `task` as a task of `slots` that has this slot, or has none. */
export function runWithSlot<T>(slots: Slots, slot: TaskSlot | undefined, task: () => T): T {
  const around = storage.getStore()?.filter((other) => other.slots !== slots && !other.ended) ?? []
  return storage.run(slot === undefined ? around : [slot, ...around], task)
}
