import {
  type Duration,
  type JobExecution,
  type JobHandle,
  type JobListener,
  type Progress,
  progressListener,
} from 'chunkwise'

/** Who looks at an execution. */
export interface Watcher {
  progress(progress: Progress): void
  end(execution: JobExecution): void
}

/** Tells those who look at an execution of this process what happens to it. Keeps nothing of what nobody looks at. */
export class ExecutionFeed {
  /** For the operator: it is told of the progress of all jobs. */
  readonly listener: JobListener
  readonly #running = new Map<number, Set<Watcher>>()

  constructor({ every }: { readonly every: Duration }) {
    const tell = (progress: Progress): void => {
      for (const watcher of this.#running.get(progress.jobExecutionId) ?? []) watcher.progress(progress)
    }
    this.listener = progressListener(tell, { every })
  }

  /** From now on, until it has ended, an execution can be watched. */
  add({ execution: { id }, result }: JobHandle): void {
    const watchers = new Set<Watcher>()
    this.#running.set(id, watchers)
    void result.then((ended) => {
      this.#running.delete(id)
      for (const watcher of watchers) watcher.end(ended)
    })
  }

  /** Tells of an execution until what is returned is called; `undefined`: it does not run in this process. */
  watch(id: number, watcher: Watcher): (() => void) | undefined {
    const watchers = this.#running.get(id)
    watchers?.add(watcher)
    return watchers && (() => void watchers.delete(watcher))
  }
}
