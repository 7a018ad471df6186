import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  chunkStep,
  type ItemReader,
  type ItemStream,
  type ItemWriter,
  job,
  JobOperator,
  MemoryJobRepository,
} from 'chunkwise'
import {
  FileRecordError,
  JsonItemReader,
  JsonItemWriter,
  JsonLinesItemReader,
  JsonLinesItemWriter,
  MultiResourceItemReader,
  MultiResourceItemWriter,
  XmlItemReader,
  XmlItemWriter,
} from 'chunkwise/file'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './temporary-folder.js'

const path = temporaryFolder()
const ids = Array.from({ length: 23 }, (_, id) => id)

interface Row {
  readonly id: string
}
type Reader = ItemReader<Row> & ItemStream
type Writer = ItemWriter<Row> & ItemStream

interface Format {
  readonly text: (ids: readonly number[], bad?: number) => string
  readonly reader: (resource: string) => Reader
  readonly writer: (resource: string) => Writer
}

const quoted = (id: number, bad?: number) => (id === bad ? '{"id":}' : `{"id":"${id}"}`)
const formats: Readonly<Record<string, Format>> = {
  'JSON Lines': {
    text: (all, bad) => all.map((id) => `${quoted(id, bad)}\n`).join(''),
    reader: (resource) => new JsonLinesItemReader<Row>({ resource }),
    writer: (resource) => new JsonLinesItemWriter<Row>({ resource }),
  },
  JSON: {
    text: (all, bad) => `[\n${all.map((id) => quoted(id, bad)).join(',\n')}\n]\n`,
    reader: (resource) => new JsonItemReader<Row>({ resource }),
    writer: (resource) => new JsonItemWriter<Row>({ resource, atomic: true }),
  },
  XML: {
    text: (all, bad) => {
      const rows = all.map((id) => `<row>${id === bad ? '<ID>' : '<id>'}${id}</${id === bad ? 'ID' : 'id'}></row>\n`)
      return `<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n${rows.join('')}</rows>\n`
    },
    reader: (resource) =>
      new XmlItemReader<Row>({
        resource,
        element: 'row',
        map: ({ children: [id] }) => {
          if (typeof id !== 'object' || id.local !== 'id') throw new Error('no id')
          return { id: id.text }
        },
      }),
    writer: (resource) => new XmlItemWriter<Row>({ resource, root: 'rows', element: 'row', map: ({ id }) => ({ id }) }),
  },
}

/** A job from file to file that fails once before the item `failAt` is written, and in the writer for `poison`. */
function copyJob(reader: () => Reader, inner: Writer, given: { failAt?: string; poison?: string; limit?: number }) {
  let hasFailed = false
  class Poisoned extends Error {}
  const writer: Writer = {
    open: (position, context) => inner.open(position, context),
    position: () => inner.position(),
    close: () => inner.close(),
    complete: () => inner.complete?.(),
    returnTo: (position) => inner.returnTo?.(position),
    write: async (items, context) => {
      await inner.write(items, context)
      if (items.some(({ id }) => id === given.poison)) throw new Poisoned('poison')
    },
  }
  const copy = chunkStep('copy', {
    chunkSize: 4,
    reader,
    processor: (row: Row) => {
      if (row.id !== given.failAt || hasFailed) return row
      hasFailed = true
      throw new Error('the processor fails')
    },
    writer,
    ...(given.limit === undefined ? {} : { skip: { limit: given.limit, on: [FileRecordError, Poisoned] } }),
  })
  return job('copyFile').start(copy).build()
}

async function run(definition: ReturnType<typeof copyJob>, times = 1) {
  await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [definition] })
  const executions = []
  for (let time = 0; time < times; time++) executions.push(await operator.run(definition, {}))
  return executions
}

describe.each(Object.entries(formats))('a job from file to file, %s', (name, { text, reader, writer }) => {
  const file = (what: string) => path(`${name}-${what}`)

  it('goes on where it was after a failure, and leaves the bytes of one that did not fail', async () => {
    writeFileSync(file('in'), text(ids))
    const executions = await run(
      copyJob(() => reader(file('in')), writer(file('out')), { failAt: '13' }),
      2,
    )
    expect(executions.map(({ status }) => status)).toEqual(['FAILED', 'COMPLETED'])
    expect(executions.map(({ stepExecutions }) => stepExecutions[0]?.counts.write)).toEqual([12, 11])
    expect(readFileSync(file('out'), 'utf8')).toBe(text(ids))
  })

  it('skips what cannot be read and what cannot be written, each counted, and no other', async () => {
    writeFileSync(file('bad'), text(ids, 9))
    const definition = copyJob(() => reader(file('bad')), writer(file('good')), { poison: '14', limit: 2 })
    const [execution] = await run(definition)
    expect(execution).toMatchObject({
      status: 'COMPLETED',
      stepExecutions: [{ counts: { read: 22, write: 21, readSkip: 1, writeSkip: 1 } }],
    })
    expect(readFileSync(file('good'), 'utf8')).toBe(text(ids.filter((id) => id !== 9 && id !== 14)))
  })
})

describe('a job from several files to several files', () => {
  it('goes on where it was after a failure, skips included', async () => {
    const { text, reader, writer } = formats['JSON'] as Format
    const [from, to] = [path('from'), path('to')]
    mkdirSync(from)
    mkdirSync(to)
    for (const [part, start] of [0, 5, 6, 6].entries()) {
      writeFileSync(join(from, `${part}.json`), text(ids.slice(start, [5, 6, 6, 23][part])))
    }
    const definition = copyJob(
      () => new MultiResourceItemReader<Row>({ root: from, reader: (resource) => reader(resource.path) }),
      new MultiResourceItemWriter<Row>({
        resource: (index) => join(to, `${index}.json`),
        writer,
        maxItems: 5,
      }),
      { failAt: '17', poison: '9', limit: 1 },
    )
    const executions = await run(definition, 2)
    expect(executions.map(({ status }) => status)).toEqual(['FAILED', 'COMPLETED'])
    const good = ids.filter((id) => id !== 9)
    const names = readdirSync(to).sort()
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `${index}.json`))
    expect(names.map((name) => readFileSync(join(to, name), 'utf8'))).toEqual(
      [0, 5, 10, 15, 20].map((start) => text(good.slice(start, start + 5))),
    )
  })
})
