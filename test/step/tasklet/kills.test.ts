import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'
import { taskletDatabase, valuesIn } from './places.js'
import { CALLS, type TaskletProcessOrder } from './tasklet-process-order.js'

/** Runs a process of tasklet-process.ts. Resolves with how it ended and what it said. */
async function runProcess(order: TaskletProcessOrder): Promise<readonly [end: unknown, said: readonly string[]]> {
  const file = fileURLToPath(new URL('./tasklet-process.ts', import.meta.url))
  const command = ['--import', 'tsx', file, JSON.stringify(order)]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return [signal ?? code, said.split('\n').slice(0, -1)]
}

describe('a process that is killed', () => {
  it.each<NonNullable<TaskletProcessOrder['death']>>([
    { call: 2, moment: 'inside' },
    { call: 2, moment: 'before its commit' },
    { call: 2, moment: 'when its commit is sent' },
    { call: 2, moment: 'behind it' },
    { call: CALLS, moment: 'when its commit is sent' },
    { call: CALLS, moment: 'behind it' },
  ])(
    'in call $call, $moment, has written each row once when a successor is done',
    async (death) => {
      const database = await taskletDatabase()
      const { url } = database
      const [killed, before] = await runProcess({ url, death })
      expect(killed).toBe('SIGKILL')
      const [ended, after] = await runProcess({ url })
      expect([ended, after.at(-1)?.slice(0, 15)]).toEqual([0, 'ended COMPLETED'])
      const pool = database.pool({ max: 1 })
      expect(await valuesIn(pool)).toEqual(numbers(CALLS))
      // The counts of both are those of all calls, and a call that was made again had its key again.
      const { rows } = await pool.query('select sum(commit_count)::int as commits from batch_step_execution')
      expect(rows).toEqual([{ commits: CALLS }])
      const keys = [...before, ...after].filter((line) => line.startsWith('key'))
      expect(new Set(keys).size).toBe(CALLS)
    },
    60_000,
  )
})
