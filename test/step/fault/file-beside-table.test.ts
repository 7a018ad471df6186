import { chunkStep, CompositeItemWriter } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresJobRepository } from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { commitGate } from '../../support/commit-gate.js'
import { LineFile } from '../chunk/line-file.js'
import { numbers } from '../deferred.js'
import { faultDatabase, places, REFUSALS } from './places.js'

/** Letters as text: an error is no JSON. */
function letterFile(file: LineFile) {
  const writer = file.writer()
  const write = writer.write.bind(writer)
  writer.write = (letters, context) =>
    write(
      (letters as { phase: string; position: string }[]).map(({ phase, position }) => `${phase} ${position}`),
      context,
    )
  return writer
}

describe.each(places)('a file beside a table, in $name', ({ make }) => {
  it('holds what the table holds, in its order, over refused writes and a restart', async () => {
    const place = await make()
    const [file, letters] = [new LineFile(), new LineFile()]
    const items = numbers(60).map((item) => ([7, 8, 25, 41, 60].includes(item) ? -item : item))
    let crash = true
    const step = () =>
      chunkStep('beside', {
        chunkSize: 10,
        reader: items,
        processor: (item: number) => {
          if (item === 50 && crash) throw new Error('power cut')
          return item
        },
        writer: new CompositeItemWriter<number>([file.writer(), place.writer]),
        skip: { limit: 9, on: REFUSALS, to: letterFile(letters) },
      })
    expect((await runStep(step(), { repository: place.repository })).status).toBe('FAILED')
    expect(file.lines.map(Number)).toEqual(await place.rows())
    crash = false
    const execution = await runStep(step(), { repository: place.repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', failures: [] })
    expect(file.lines.map(Number)).toEqual(items.filter((item) => item > 0))
    expect(await place.rows()).toEqual(items.filter((item) => item > 0))
    expect(letters.lines).toEqual(['write 6', 'write 7', 'write 24', 'write 40', 'write 59'])
  })
})

describe('a file beside a table, in PostgreSQL', () => {
  const beside = (file: LineFile, pool: Awaited<ReturnType<typeof faultDatabase>>, items: readonly number[]) =>
    chunkStep('beside', {
      chunkSize: 4,
      reader: items,
      writer: new CompositeItemWriter<number>([
        new PostgresBatchItemWriter<number>({ pool, table: 'target', columns: { value: (item) => item } }),
        file.writer(),
      ]),
      skip: { limit: 2, on: ['unique', 'duplicate-key', '23505'] },
    })
  const rows = async (pool: Awaited<ReturnType<typeof faultDatabase>>) =>
    (await pool.query<{ value: number }>('select value from target order by n')).rows.map(({ value }) => value)

  it('leaves out what only COMMIT refuses', async () => {
    const pool = await faultDatabase()
    await pool.query('alter table target add unique (value) deferrable initially deferred')
    const file = new LineFile()
    const repository = new PostgresJobRepository({ pool })
    const execution = await runStep(beside(file, pool, [1, 2, 3, 4, 5, 2, 6, 7]), { repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { write: 7, writeSkip: 1 } })
    expect(file.lines.map(Number)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await rows(pool)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('holds a chunk once whose COMMIT was lost, and was found not to be done', async () => {
    const pool = await faultDatabase()
    pool.on('error', () => undefined)
    const gate = await commitGate(pool, 'target')
    const file = new LineFile()
    const running = runStep(beside(file, pool, numbers(8)), { repository: new PostgresJobRepository({ pool }) })
    await pool.query('select pg_terminate_backend($1)', [await gate.waiting()])
    await gate.open()
    expect(await running).toMatchObject({ status: 'COMPLETED', counts: { write: 8, rollback: 1 } })
    expect(file.calls).toContain('returnTo {"lines":0}')
    expect([file.lines.map(Number), await rows(pool)]).toEqual([numbers(8), numbers(8)])
  })
})
