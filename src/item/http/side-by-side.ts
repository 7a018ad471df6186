/**
 * Calls `work` for 0 up to `count`, at most `concurrency` at once. After the first failure nothing more is begun; what is
 * under way is awaited, so that nothing runs on. Returns what failed, in the order of the numbers.
 */
export async function sideBySide(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<readonly unknown[]> {
  const failures = new Map<number, unknown>()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count && failures.size === 0) {
      const index = next++
      try {
        await work(index)
      } catch (error) {
        failures.set(index, error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  return [...failures].toSorted(([one], [other]) => one - other).map(([, error]) => error)
}
