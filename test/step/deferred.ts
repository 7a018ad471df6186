/** A promise that the test settles. */
export class Deferred<T = void> {
  resolve!: (value: T) => void
  reject!: (error: unknown) => void
  readonly promise: Promise<T> = new Promise((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })
}

/** Lets everything run that can run without time passing. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve))
}

/** The whole numbers from 1 to `last`. */
export function numbers(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}
