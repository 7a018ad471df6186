/** A task that starts, says so, and ends when the test lets it. */
export class Gate {
  started = false
  open!: () => void
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve
  })

  readonly task = async (): Promise<void> => {
    this.started = true
    await this.#opened
  }
}

/** Lets everything run that can run without time passing. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Gates that are submitted one after another. */
export function gates(count: number): Gate[] {
  return Array.from({ length: count }, () => new Gate())
}

/** Which of the gates have started, as `110`. */
export function started(all: readonly Gate[]): string {
  return all.map((gate) => (gate.started ? '1' : '0')).join('')
}
