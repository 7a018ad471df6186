import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import type { Clock } from '../../support/clock.js'
import { HAS_PROCESS_GROUPS } from '../../support/host-process.js'
import { CommandStartError } from './command-errors.js'
import type { CommandOutput } from './command-output.js'
import { type CommandEnd, CommandProcess } from './command-process.js'

/** A program to run, and with what. */
export interface CommandRun {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds; `undefined` for no limit. */
  readonly timeout: number | undefined
  /** Milliseconds. */
  readonly killGrace: number
  readonly clock: Clock
  /** Ends the program. */
  readonly signal: AbortSignal
  readonly output: CommandOutput
}

/**
 * Runs a program to its end, and ends it with all that it has started when the signal is aborted or its time is over.
 * Resolves only when it is gone.
 *
 * @throws CommandStartError
 */
export async function runCommand(run: CommandRun): Promise<CommandEnd> {
  const { timeout, clock, signal, killGrace } = run
  const command = new CommandProcess(await start(run), { clock, killGrace })
  // Who has lost the step must leave nothing at work: another process may start the same command now.
  const stop = (): void => command.end('stop', signal.reason instanceof OwnershipLostError ? 'SIGKILL' : 'SIGTERM')
  const expire = (): void => command.end('timeout', 'SIGTERM')
  const timer = timeout === undefined ? undefined : clock.after(timeout, expire, { keepAlive: true })
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    return await command.ended
  } finally {
    timer?.cancel()
    signal.removeEventListener('abort', stop)
  }
}

async function start(run: CommandRun): Promise<ChildProcess> {
  try {
    return await spawned(run)
  } catch (error) {
    throw await startError(run, error)
  }
}

function spawned({ command, args, cwd, env, output }: CommandRun): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    // As a group of its own, so that what it starts ends with it.
    const options = { cwd, env, shell: false, detached: HAS_PROCESS_GROUPS, windowsHide: true } as const
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    child.once('spawn', () => resolve(child))
    // For good: a signal that could not be sent comes here as well.
    child.on('error', reject)
    for (const name of ['stdout', 'stderr'] as const) {
      // There is none where the process has no descriptors left.
      const stream = child[name] as Readable | null | undefined
      if (stream) output.read(name, stream)
    }
  })
}

async function startError({ command, cwd }: CommandRun, error: unknown): Promise<CommandStartError> {
  const reason =
    cwd !== undefined && !(await isDirectory(cwd))
      ? `${JSON.stringify(cwd)}, where it is to work, is no directory`
      : reasonOf(error)
  return new CommandStartError(command, cwd, reason, { cause: error })
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (code === 'ENOENT') return 'there is no such file, nor one of that name on its PATH'
  if (code === 'EACCES') return 'it may not be executed'
  return String(message)
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
