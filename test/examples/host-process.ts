import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { HttpClient } from './http-client.js'

/** An example's service in a process of its own. */
export interface HostProcess {
  readonly client: HttpClient
  /** Ends it by SIGTERM, and resolves to its exit code; `null` when it did not end by itself. */
  end(): Promise<number | null>
}

/** Starts `examples/NAME-host` on a database; rejects, with what it said, when it does not listen. */
export async function startHost(name: string, databaseUrl: string): Promise<HostProcess> {
  const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const child = spawn(
    process.execPath,
    [file('node_modules/tsx/dist/cli.mjs'), file(`examples/${name}-host/main.ts`)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DATABASE_URL: databaseUrl, PORT: '0' },
    },
  )
  // Does nothing to one that has ended.
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      said += `${line}\n`
      const found = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)
      if (found !== null) resolve(Number(found[1]))
    })
    void exited.then(([code]) => reject(new Error(`the service ended with ${code}:\n${said}`)), reject)
  })
  return {
    client: new HttpClient(port),
    async end() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
  }
}
