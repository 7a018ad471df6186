import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

async function host(how: string): Promise<unknown> {
  const command = [file('../../node_modules/tsx/dist/cli.mjs'), file('./host-process.ts'), how]
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 25_000 })
  return JSON.parse(stdout)
}

describe('a process that has run a job', () => {
  it('ends by itself when the operator is closed: no timer is left, and no handler of signals was installed', async () => {
    expect(await host('close')).toEqual({ status: 'COMPLETED', listeners: true, timers: 0 })
  })

  it('ends by itself also when the operator was forgotten', async () => {
    expect(await host('forget')).toMatchObject({ status: 'COMPLETED', listeners: true })
  })
})
