import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { chunkStep, job, JobOperator, MemoryJobRepository } from 'chunkwise'
import { FlatFileItemReader, FlatFileItemWriter, FlatFileParseError } from 'chunkwise/file'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()

interface Row {
  readonly id: number
  readonly name: string
}

/** A job from one file to another that fails once before the item `failAt` is written. */
function copyJob(
  from: string,
  to: string,
  given: { failAt?: number; limit?: number; skipped?: typeof Error; reader?: object; writer?: object } = {},
) {
  let hasFailed = false
  const copy = chunkStep('copy', {
    chunkSize: 3,
    reader: () =>
      new FlatFileItemReader({
        resource: from,
        header: true,
        columns: { id: 'long', name: 'string' },
        ...given.reader,
      }),
    processor: (row: Row) => {
      if (row.id !== given.failAt || hasFailed) return row
      hasFailed = true
      throw new Error('the processor fails')
    },
    writer: new FlatFileItemWriter<Row>({ resource: to, columns: ['id', 'name'], header: true, ...given.writer }),
    ...(given.limit === undefined ? {} : { skip: { limit: given.limit, on: [given.skipped ?? FlatFileParseError] } }),
  })
  return job('copyFile').start(copy).build()
}

async function run(definition: ReturnType<typeof copyJob>, times = 1) {
  await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
  const executions = []
  for (let time = 0; time < times; time++) executions.push(await operator.run(definition, {}))
  return executions
}

const lines = (ids: readonly number[]): string => ['id,name', ...ids.map((id) => `${id},"n,${id}"`)].join('\n') + '\n'
const ids = Array.from({ length: 20 }, (_, index) => index)

describe('a job from file to file', () => {
  it('copies every record', async () => {
    writeFileSync(path('all.csv'), lines(ids))
    const [execution] = await run(copyJob(path('all.csv'), path('all-copy.csv')))
    expect(execution).toMatchObject({ status: 'COMPLETED', stepExecutions: [{ guarantee: 'at-least-once' }] })
    expect(readFileSync(path('all-copy.csv'), 'utf8')).toBe(lines(ids))
  })

  it('goes on where it was after a failure, with header and records once', async () => {
    writeFileSync(path('some.csv'), lines(ids))
    const executions = await run(copyJob(path('some.csv'), path('some-copy.csv'), { failAt: 13 }), 2)
    expect(executions.map(({ status }) => status)).toEqual(['FAILED', 'COMPLETED'])
    expect(executions.map(({ stepExecutions }) => stepExecutions[0]?.counts.write)).toEqual([12, 8])
    expect(readFileSync(path('some-copy.csv'), 'utf8')).toBe(lines(ids))
  })

  it('writes its footer when all is written, and an atomic file is seen then', async () => {
    writeFileSync(path('whole.csv'), lines(ids))
    const to = path('whole-copy.csv')
    const writer = { footer: (items: number) => `# ${items}`, atomic: true }
    const definition = copyJob(path('whole.csv'), to, { failAt: 13, writer })
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
    await operator.run(definition, {})
    // Cut off at once, not only by the restart.
    expect([existsSync(to), readFileSync(`${to}.part`, 'utf8')]).toEqual([false, lines(ids.slice(0, 12))])
    await operator.run(definition, {})
    expect([existsSync(`${to}.part`), readFileSync(to, 'utf8')]).toEqual([false, `${lines(ids)}# 20\n`])
  })

  it('appends each record once, also when its first chunk fails and its end comes twice', async () => {
    const [from, to] = [path('more.csv'), path('more-copy.csv')]
    writeFileSync(from, lines(ids))
    writeFileSync(to, 'yesterday\n')
    const footer = (items: number) => `# ${items}`
    const definition = copyJob(from, to, { failAt: 1, writer: { append: true, footer } })
    const repository = new MemoryJobRepository()
    await using operator = new JobOperator({ repository, jobs: [definition] })
    const failed = await operator.run(definition, {})
    expect(failed).toMatchObject({ status: 'FAILED', stepExecutions: [{ counts: { write: 0 } }] })
    // What a killed process would have left behind its first place.
    writeFileSync(to, 'not committed\n# 0\n', { flag: 'a' })
    expect((await operator.run(definition, {})).status).toBe('COMPLETED')
    expect(readFileSync(to, 'utf8')).toBe(`yesterday\n${lines(ids).slice('id,name\n'.length)}# 20\n`)
  })

  it('skips records that cannot be read, each counted, and no other', async () => {
    const text = lines(ids).replace('4,"n,4"', '4,"n,4').replace('7,"n,7"', 'seven,"n,7"').replace('9,"n,9"', '9')
    writeFileSync(path('bad.csv'), text)
    const [execution] = await run(copyJob(path('bad.csv'), path('bad-copy.csv'), { limit: 3 }))
    expect(execution).toMatchObject({
      status: 'COMPLETED',
      stepExecutions: [{ counts: { read: 17, write: 17, readSkip: 3 } }],
    })
    const good = ids.filter((id) => ![4, 7, 9].includes(id))
    expect(readFileSync(path('bad-copy.csv'), 'utf8')).toBe(lines(good))
  })

  it('fails with the place of the record when it may not be skipped', async () => {
    writeFileSync(path('worse.csv'), 'id,name\n0,a\nx,b\n')
    const [execution] = await run(copyJob(path('worse.csv'), path('worse-copy.csv')))
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_FLAT_FILE_PARSE', line: 3 }] })
  })

  it('goes on after a bad line was corrected in place, in other words and length', async () => {
    for (const correction of ['9,"n,9"\n', '9,"n,9 as it should have been"\n']) {
      const [from, to] = [path('mended.csv'), path('mended-copy.csv')]
      writeFileSync(from, lines(ids).replace('9,"n,9"', 'nine,?'))
      const definition = copyJob(from, to)
      await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
      const failed = await operator.run(definition, {})
      expect(failed).toMatchObject({ status: 'FAILED', stepExecutions: [{ counts: { write: 9 } }] })
      const mended = lines(ids).replace('9,"n,9"\n', correction)
      writeFileSync(from, mended)
      const restarted = await operator.run(definition, {})
      expect(restarted).toMatchObject({ status: 'COMPLETED', stepExecutions: [{ counts: { read: 11, write: 11 } }] })
      expect(readFileSync(to, 'utf8')).toBe(mended)
    }
  })

  it('never skips that its file was cut off, and goes on in the whole one', async () => {
    const [from, to] = [path('cut.csv'), path('cut-copy.csv')]
    writeFileSync(from, lines(ids).slice(0, -3))
    const reader = { lastLineBreak: 'required', columns: { id: 'long', name: 'string' } }
    const definition = copyJob(from, to, { limit: 99, skipped: Error, reader })
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
    expect(await operator.run(definition, {})).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_FILE_TRUNCATED', line: 21 }],
      stepExecutions: [{ counts: { write: 19, readSkip: 0 } }],
    })
    writeFileSync(from, lines(ids))
    expect((await operator.run(definition, {})).status).toBe('COMPLETED')
    expect(readFileSync(to, 'utf8')).toBe(lines(ids))
  })

  it('does not go on in a file whose committed records were changed as well', async () => {
    const from = path('meddled.csv')
    writeFileSync(from, lines(ids).replace('9,"n,9"', 'nine,?'))
    const definition = copyJob(from, path('meddled-copy.csv'))
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
    await operator.run(definition, {})
    writeFileSync(from, lines(ids).replace('2,"n,2"', '2,"N,2"'))
    expect(await operator.run(definition, {})).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_FILE_CHANGED', change: 'beginning' }],
    })
  })
})
