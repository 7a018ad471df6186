import { type Behaviour, no, partly, YES } from '../behaviour.js'
import { BadItemError } from '../work.js'

/** An error of PostgreSQL for a row that a CHECK constraint refuses, as `pg` and those above it hand it on. */
function isRefusedRow(error: unknown): boolean {
  return error instanceof Error && (error as { readonly code?: unknown }).code === '23514'
}

/**
 * One item that cannot be processed and one that the database refuses: two are lost, and the job completes.
 *
 * `@nest-batch/core` 0.2.6 skips what the writer was given, the whole chunk (core: execution/chunk-step-executor.js, the write
 * phase). A writer can do better by itself: with a savepoint a row, and a `WriterResult` that says how many are missing.
 */
export const badItem: Behaviour = {
  name: 'one bad item loses one item',
  rows: 30,
  work: () => ({
    process(id) {
      if (id === 5) throw new BadItemError('5 is a bad number')
      return id
    },
    skip: { limit: 5, on: (error) => error instanceof BadItemError || isRefusedRow(error) },
  }),
  async observe(open) {
    const stage = await open()
    await stage.query('alter table target add check (id <> 15)')
    const host = await stage.start()
    const { status } = await host.launch()
    if (status !== 'COMPLETED') return no(`the job is ${status}`)
    const written = await stage.query('select distinct id from target order by id')
    const ids = new Set(written.map(({ id }) => id))
    const inProcess = [1, 2, 3, 4, 6, 7, 8, 9, 10].filter((id) => !ids.has(id)).length
    const inWrite = [11, 12, 13, 14, 16, 17, 18, 19, 20].filter((id) => !ids.has(id)).length
    if (inProcess + inWrite === 0 && ids.size === 28) return YES
    if (inProcess > 0) return no(`${inProcess} good items are lost where one cannot be processed`)
    return partly(
      `one in processing; where a row is refused in a write, ${inWrite} good ones of its chunk are lost as well`,
    )
  },
}
