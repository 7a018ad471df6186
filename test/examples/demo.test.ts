import { beforeAll, expect, test } from 'vitest'
import { demo } from '../../examples/users-to-candidates/demo/demo.js'
import { builtPackage } from '../restart/built-package.js'
import { freshDatabase } from '../support/databases.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'

beforeAll(builtPackage, 120_000)

test.each([
  { on: 'PostgreSQL', fresh: freshDatabase },
  { on: 'MySQL', fresh: freshMysqlDatabase },
])(
  'the demo on $on kills its job half way, restarts it and finds every candidate exactly once',
  async ({ fresh }) => {
    const database = await fresh()
    const lines: string[] = []
    const print = (line: string): void => void lines.push(line)
    const good = await demo({ databaseUrl: database.url, users: 20_000, ownerGrace: '200ms', print })
    expect(good).toBe(true)
    expect(lines.join('\n')).toMatch(/run 1 +FAILED .*owner lost\n +run 2 +COMPLETED/)
    expect(lines.join('\n')).toContain('0 missing, 0 doubled')
  },
  60_000,
)
