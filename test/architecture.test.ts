import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forbiddenImports, type House, importCycles, isEntry } from './support/architecture/floors.js'
import { anyTypes, forbiddenForms, tooLong } from './support/architecture/shape.js'
import { repository, sourceFiles } from './support/architecture/source-file.js'
import { type Reserved, trespasses, users } from './support/architecture/words.js'

/** The house, as docs describe it. A change here is a change of the architecture. */
const HOUSE: House = {
  floors: {
    support: 0,
    domain: 1,
    sql: 2,
    transaction: 3,
    executor: 3,
    item: 4,
    listener: 4,
    repository: 4,
    step: 5,
    job: 6,
    launch: 7,
    decorator: 8,
    testing: 8,
    telemetry: 8,
    cli: 8,
    nest: 9,
  },
  plugs: [
    'item/memory',
    'item/database',
    'item/file',
    'item/http',
    'repository/memory',
    'repository/sql',
    'repository/postgres',
    'repository/mysql',
  ],
  plugExceptions: {
    testing: ['item/memory', 'repository/memory'],
    'repository/postgres': ['repository/sql'],
    'repository/mysql': ['repository/sql'],
  },
  packages: {
    '@nestjs/common': ['nest'],
    '@nestjs/core': ['nest'],
    '@opentelemetry/api': ['telemetry'],
    '@streamparser/json': ['item/file'],
    'p-limit': ['executor'],
    'pg-cursor': ['item/database'],
    'reflect-metadata': ['decorator'],
    saxes: ['item/file'],
    undici: ['item/http'],
  },
}

const TIME: Reserved = {
  what: 'time is read and timers are set by support/clock.ts',
  for: ['support/clock.ts'],
  globals: ['setTimeout', 'setInterval', 'setImmediate'],
  members: ['Date.now', 'performance.now', 'process.hrtime', 'AbortSignal.timeout'],
  modules: ['node:timers', 'node:timers/promises', 'node:perf_hooks'],
  currentDate: true,
}

/** Signals are handled and the environment is read in one file, where an option asks for it. */
const HOST: Reserved = {
  what: "the process and its console are the host's",
  for: ['cli/', 'support/console-logger.ts', 'support/host-process.ts'],
  globals: ['process', 'console'],
  modules: ['node:process', 'node:console'],
}

const METADATA: Reserved = {
  what: 'decorator metadata is read and written in one file of decorator',
  for: ['decorator/'],
  members: ['defineMetadata', 'getMetadata', 'getOwnMetadata', 'hasMetadata', 'hasOwnMetadata', 'metadata']
    .concat('getMetadataKeys', 'getOwnMetadataKeys', 'deleteMetadata')
    .map((name) => `Reflect.${name}`),
  modules: ['reflect-metadata'],
}

/** How many times each file says `any`, because variance leaves no other word. */
const ANY_COUNTS: Readonly<Record<string, number>> = { 'decorator/component-resolver.ts': 1 }

const files = sourceFiles()

describe('the architecture', () => {
  test('a folder imports lower floors and support only, and plugs are for entry files', () => {
    expect(forbiddenImports(files, HOUSE)).toEqual([])
  })

  test('neither files nor folders import one another in a cycle', () => {
    expect(importCycles(files)).toEqual([])
  })

  test('files have no index, no export * and no default export, and entry files hold re-exports only', () => {
    expect(forbiddenForms(files)).toEqual([])
  })

  test('each entry file is a public subpath, and each public subpath an entry file', () => {
    const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { exports: object }
    const subpaths = Object.keys(manifest.exports).filter((name) => name !== './package.json')
    const expected = subpaths.map((name) => (name === '.' ? 'index.ts' : `${name.slice(2)}.ts`))
    const entries = files.map(({ path }) => path).filter(isEntry)
    expect(entries.toSorted()).toEqual(expected.toSorted())
  })

  test('time, the process, the console and metadata are touched where it is said', () => {
    expect([TIME, HOST, METADATA].flatMap((rule) => trespasses(files, rule))).toEqual([])
    expect(users(files, METADATA).length).toBeLessThanOrEqual(1)
  })

  test('files have at most 300 lines and functions at most 50', () => {
    expect(tooLong(files, 300, 50)).toEqual([])
  })

  test('each any is counted here and has its reason beside it', () => {
    const found = anyTypes(files)
    expect(found.filter(({ hasReason }) => !hasReason).map(({ place }) => `${place}: any without a reason`)).toEqual([])
    const counts: Record<string, number> = {}
    for (const { path } of found) counts[path] = (counts[path] ?? 0) + 1
    expect(counts).toEqual(ANY_COUNTS)
  })
})
