import { beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../support/databases.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'
import { builtPackage } from './built-package.js'
import { killDemo } from './kill-demo.js'
import { Random } from './random.js'

beforeAll(builtPackage, 120_000)

// The whole of it, with 200,000 users and twenty kills: npm run test:kill.
test.each([
  { on: 'PostgreSQL', fresh: freshDatabase },
  { on: 'MySQL', fresh: freshMysqlDatabase },
])(
  'killing the process of the demo’s job at random moments loses and doubles no candidate, on $on',
  async ({ fresh }) => {
    const random = new Random()
    const database = await fresh()
    const lines: string[] = []
    const result = await killDemo({
      databaseUrl: database.url,
      kills: 4,
      users: 60_000,
      ownerGrace: 200,
      random,
      print: (line) => void lines.push(line),
    })
    console.log(`seed ${random.seed}\n${lines.join('\n')}`)
    expect(result.complaints).toEqual([])
    expect(result.kills).toBe(4)
    expect(result.rounds).toBeGreaterThan(0)
  },
  120_000,
)
