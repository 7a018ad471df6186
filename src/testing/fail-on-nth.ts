/**
 * Wraps a function so that its `n`-th call, counted from 1, throws instead of running; all others run as they did. For
 * processors and writers in tests of failure and restart.
 *
 * @example
 * ```ts
 * import { failOnNth } from 'chunkwise/testing'
 *
 * const double = failOnNth(3, (item: number) => item * 2)
 * console.assert(double(1) === 2 && double(2) === 4)
 * try {
 *   double(3)
 * } catch (error) {
 *   console.assert(String(error).includes('call 3'))
 * }
 * ```
 */
export function failOnNth<A extends readonly unknown[], R>(
  n: number,
  run: (...args: A) => R,
  error: unknown = new Error(`failOnNth: call ${n} fails, as asked`),
): (...args: A) => R {
  let calls = 0
  return (...args) => {
    if (++calls === n) throw error
    return run(...args)
  }
}
