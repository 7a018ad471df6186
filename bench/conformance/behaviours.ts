import type { Behaviour } from './behaviour.js'
import { badItem } from './behaviours/bad-item.js'
import { completedSteps } from './behaviours/completed-steps.js'
import { filteredIsNotSkipped } from './behaviours/filtered.js'
import { killedProcess } from './behaviours/killed-process.js'
import { partitionsInProcess } from './behaviours/partitions.js'
import { progressDuringTheRun } from './behaviours/progress.js'
import { relaunchRefused } from './behaviours/relaunch-refused.js'
import { retryBeforeSkip } from './behaviours/retry-before-skip.js'
import { stopStops } from './behaviours/stop.js'
import { writerInTransaction } from './behaviours/transaction.js'

/** All behaviours, in the order of the table. */
export const behaviours: readonly Behaviour[] = [
  relaunchRefused,
  completedSteps,
  killedProcess,
  stopStops,
  badItem,
  retryBeforeSkip,
  filteredIsNotSkipped,
  progressDuringTheRun,
  partitionsInProcess,
  writerInTransaction,
]
