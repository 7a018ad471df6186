import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type AnyPool, ask } from '../support/sql-databases.js'
import { CHUNK_SIZE, expectExactlyOnce, expectRightBooks, poison, POISONED } from './copy-database.js'
import { textOf, wantedLetters, wantedText, writeSource } from './copy-files.js'
import { DATABASES } from './everywhere.js'
import { rowService } from './row-service.js'
import type { FileTarget, WorkerOrder } from './supervisor.js'

/** A way that rows take: from a table, a file or a service to a table or a file. */
export interface Route {
  readonly name: string
  /** Default: a table. */
  readonly from?: 'file' | 'service'
  /** The name of a file, and how it is written. Default: a table. */
  readonly to?: FileTarget
  /** Rows are refused, and are skipped into a file. */
  readonly skips?: true
}

/** Where the job repository is, and the tables, and how many chunks are under way at once. */
export interface Place {
  readonly database: (typeof DATABASES)[number]
  readonly concurrency: number
}

export const PLACES: readonly Place[] = DATABASES.flatMap((database) =>
  [1, 8].map((concurrency) => ({ database, concurrency })),
)

/** What stands in a file that is appended to. */
const BEFORE = 'what was there before\n'

/** A database, and files or a service, with which a route is taken. */
export interface Trip extends AsyncDisposable {
  readonly order: WorkerOrder
  /** Of a file, behind a restart and before its next write: expects that it has what was committed, and no byte more. */
  expectCommitted(): Promise<void>
  /** Expects that all was done exactly once, and that files are what a run that nobody broke makes of them. */
  expectDone(): Promise<void>
}

/** Makes them, in a folder of their own. */
export async function takeRoute(route: Route, { database, concurrency }: Place): Promise<Trip> {
  const made = await database.copyDatabase()
  const pool = made.pool()
  if (route.skips && route.to === undefined) await poison(pool, 'at once')
  const folder = mkdtempSync(join(tmpdir(), 'chunkwise-kills-'))
  const service = route.from === 'service' ? await rowService() : undefined
  const order: WorkerOrder = {
    url: made.url,
    concurrency,
    chunkSize: CHUNK_SIZE,
    ...(service === undefined ? {} : { from: { service: service.url } }),
    ...(route.from === 'file' ? { from: { file: join(folder, 'source.csv') } } : {}),
    ...(route.to === undefined ? {} : { to: { ...route.to, file: join(folder, route.to.file) } }),
    ...(route.skips ? { skipLimit: POISONED, letters: join(folder, 'dead.csv') } : {}),
  }
  if (route.from === 'file') writeSource(join(folder, 'source.csv'))
  if (order.to?.append) writeFileSync(order.to.file, BEFORE)
  return {
    order,
    expectCommitted: () => expectCommitted(pool, order),
    expectDone: () => expectDone(pool, order),
    async [Symbol.asyncDispose]() {
      await service?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

async function expectCommitted(pool: AnyPool, { to, skipLimit }: WorkerOrder): Promise<void> {
  if (to === undefined) return
  const [row] = await ask(pool, 'select sum(write_count) as written from BATCH_STEP_EXECUTION')
  const lines = wantedOf(to, skipLimit !== undefined).split('\n')
  const found = textOf(to.atomic ? `${to.file}.part` : to.file) ?? ''
  const count = found.split('\n').length - 1
  expect(found).toBe([...lines.slice(0, count), ''].join('\n'))
  // One line stands before the records. In a search the parts that could be written stand there too.
  if (skipLimit === undefined) expect(count).toBe(1 + Number(row?.['written']))
  else expect(count).toBeGreaterThanOrEqual(1 + Number(row?.['written']))
}

async function expectDone(pool: AnyPool, order: WorkerOrder): Promise<void> {
  const { to, letters } = order
  if (to === undefined) await expectExactlyOnce(pool, order)
  else {
    await expectRightBooks(pool, order)
    expectText(to.file, wantedOf(to, order.skipLimit !== undefined))
    expect(readdirSync(dirname(to.file)).filter((name) => name.includes('part'))).toEqual([])
  }
  if (letters !== undefined) expectText(letters, wantedLetters())
}

/** A file that has something has that instead of a header. */
function wantedOf({ append }: FileTarget, skips: boolean): string {
  const wanted = wantedText({ skips })
  return append ? BEFORE + wanted.slice(wanted.indexOf('\n') + 1) : wanted
}

/** Without printing all of both. */
function expectText(path: string, wanted: string): void {
  const lines = (textOf(path) ?? 'no file').split('\n')
  const wrong = wanted.split('\n').findIndex((line, index) => line !== lines[index])
  expect(wrong === -1 ? [] : lines.slice(wrong - 1, wrong + 3), `line ${wrong + 1}`).toEqual([])
  expect(lines.length).toBe(wanted.split('\n').length)
}
