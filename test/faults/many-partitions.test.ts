import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { freshDatabase } from '../support/databases.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'

const PARTITIONS = 5_000
const file = fileURLToPath(new URL('./partition-flood.mjs', import.meta.url))

beforeAll(builtPackage, 120_000)

async function flood(order: object, megabytes: number): Promise<object> {
  const args = [`--max-old-space-size=${megabytes}`, file, JSON.stringify({ partitions: PARTITIONS, ...order })]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as object
}

/** Each worker holds 2,000 items while it runs: were anything of them kept, it would be ten million. */
const ALL = { status: 'COMPLETED', kept: 1, read: PARTITIONS * 2_000, expected: PARTITIONS * 2_000 }

describe(`${PARTITIONS} partitions in a heap of 64 MB`, () => {
  test.each([
    { on: 'PostgreSQL', make: () => freshDatabase() },
    { on: 'MySQL', make: freshMysqlDatabase },
  ])(
    'run one after another on $on, and nothing is kept of those that have ended',
    async ({ make }) => {
      const { url } = await make()
      expect(await flood({ url }, 64)).toEqual({ ...ALL, stored: PARTITIONS + 1 })
    },
    300_000,
  )

  test('fit into memory where the repository is there too', async () => {
    expect(await flood({}, 64)).toEqual(ALL)
  }, 300_000)
})
