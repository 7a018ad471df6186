import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Lateness } from './due-answers.js'

/** A service in a process of its own. */
export interface Service {
  readonly url: string
  /** How late its answers were since this was asked last. */
  lateness(): Promise<Lateness>
  stop(): Promise<void>
}

/** Starts the service that takes 5 ms for each call. */
export async function startService(): Promise<Service> {
  const file = fileURLToPath(new URL('server.ts', import.meta.url))
  // Its garbage is collected seldom, so that not that is what is measured.
  const child = spawn(process.execPath, ['--max-semi-space-size=128', '--import', 'tsx', file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    url,
    lateness: async () => (await (await fetch(`${url}late`)).json()) as Lateness,
    async stop() {
      const ended = once(child, 'close')
      child.stdin.end()
      await ended
    },
  }
}
