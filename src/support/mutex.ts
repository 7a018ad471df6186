/** Lets one task in at a time, first come, first served. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs `task` once all tasks given before it have settled; a task that fails does not stop the next. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
