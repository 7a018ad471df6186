import { getEventListeners } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CommandFailedError,
  CommandStartError,
  CommandTasklet,
  type CommandTaskletOptions,
  InvalidOptionError,
  job,
  JobOperator,
  type Logger,
  MemoryJobRepository,
  type OutsideTaskletContext,
  OwnershipLostError,
  taskletStep,
} from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { ManualClock, runStep } from 'chunkwise/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Deferred } from '../deferred.js'
import { taskletDatabase } from './places.js'

let folder: string
beforeAll(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'command-')))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A logger that keeps the lines of a command, as `level line`, and tells of each. */
function recorder(heard: (line: string) => void = () => undefined) {
  const lines: string[] = []
  const level =
    (name: string) =>
    (fields: object | string, message = ''): void => {
      if (!('stream' in (fields as object))) return
      lines.push(`${name} ${message}`)
      heard(message)
    }
  const logger: Logger = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
  return { lines, logger }
}

const shell = (script: string, options: Partial<CommandTaskletOptions> = {}) =>
  new CommandTasklet({ command: '/bin/sh', args: ['-c', script], ...options })
const node = (script: string, ...args: string[]) => ({ command: process.execPath, args: ['-e', script, ...args] })

async function run(tasklet: CommandTasklet, logger?: Logger) {
  return runStep(taskletStep('command', tasklet), logger === undefined ? {} : { logger })
}

/** Whether there is a process of this id that has not ended. One that has, and was not waited for yet, is not meant. */
function isAlive(pid: number): boolean {
  try {
    if (process.platform === 'linux') return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a command', () => {
  it('is a program with arguments, which no shell takes apart', async () => {
    const { lines, logger } = recorder()
    const args = ['two words', '$HOME', '; echo no', '*', "it's"]
    const { command, args: script } = node('process.argv.slice(1).forEach((arg) => console.log(arg))')
    const execution = await run(new CommandTasklet({ command, args: [...script, ...args] }), logger)
    expect(execution).toMatchObject({ status: 'COMPLETED', guarantee: 'at-least-once', counts: { commit: 1 } })
    expect(lines).toEqual(args.map((arg) => `info ${arg}`))
  })

  it('takes its arguments from the parameters of the job', async () => {
    const { lines, logger } = recorder()
    const tasklet = new CommandTasklet({
      command: 'echo',
      args: async ({ parameters }: OutsideTaskletContext<{ day: string }>) => ['day', parameters.day],
    })
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), logger })
    const daily = job('daily', { parameters: { day: 'localDate' } })
      .start(taskletStep('echo', tasklet))
      .build()
    expect((await operator.run(daily, { day: '2026-01-31' })).status).toBe('COMPLETED')
    expect(lines).toEqual(['info day 2026-01-31'])
  })

  it('is refused arguments from a function that are none', async () => {
    for (const args of [['a\0b'], [1], 'a b']) {
      const execution = await run(new CommandTasklet({ command: 'echo', args: () => args as string[] }))
      expect(execution.failures).toEqual([expect.any(InvalidOptionError)])
      expect(String(execution.failures[0])).toContain('CommandTasklet.args')
    }
  })

  it('has the environment of this process and its own, and the key of the call', async () => {
    vi.stubEnv('CHUNKWISE_TEST_HERE', 'here')
    vi.stubEnv('CHUNKWISE_TEST_GONE', 'gone')
    const script = 'echo "$CHUNKWISE_TEST_HERE-$CHUNKWISE_TEST_GONE-$OWN-$CHUNKWISE_KEY"'
    const env = { OWN: 'a b', CHUNKWISE_TEST_GONE: undefined }
    const { lines, logger } = recorder()
    const { jobInstanceId } = await run(shell(script, { env }), logger)
    await run(shell(script, { env, inheritEnvironment: false }), logger)
    vi.unstubAllEnvs()
    expect(lines).toEqual([`info here--a b-${jobInstanceId}:command:0`, `info --a b-${jobInstanceId}:command:0`])
  })

  it('works in the directory that `cwd` says, with an empty standard input', async () => {
    const { lines, logger } = recorder()
    expect((await run(shell('pwd; cat', { cwd: folder }), logger)).status).toBe('COMPLETED')
    expect(lines).toEqual([`info ${folder}`])
  })

  it.each<[string, CommandTaskletOptions, string]>([
    ['a file that is not there', { command: '/no/such/program' }, 'there is no such file'],
    ['a line for a shell', { command: 'echo hello' }, 'there is no such file'],
    ['a file that may not be executed', { command: 'plain' }, 'may not be executed'],
    [
      'a directory that is not there',
      { command: 'echo', cwd: '/no/such/place' },
      '"/no/such/place", where it is to work',
    ],
  ])('that cannot be started fails with an error that names it: %s', async (_what, options, why) => {
    const plain = join(folder, 'plain')
    writeFileSync(plain, 'text')
    chmodSync(plain, 0o600)
    const command = options.command === 'plain' ? plain : options.command
    const { failures } = await run(new CommandTasklet({ ...options, command }))
    expect(failures).toEqual([expect.any(CommandStartError)])
    expect(failures[0]).toMatchObject({ command, cwd: options.cwd, message: expect.stringContaining(why) })
    expect(String(failures[0])).toContain(JSON.stringify(command))
  })
})

describe('the end of a command', () => {
  const exitCodes = { 3: 'NOTHING TO DO' }

  it('is COMPLETED with 0, and with a code that is named', async () => {
    expect(await run(shell('exit 0', { exitCodes }))).toMatchObject({ exitStatus: { exitCode: 'COMPLETED' } })
    expect(await run(shell('exit 3', { exitCodes }))).toMatchObject({
      status: 'COMPLETED',
      exitStatus: { exitCode: 'NOTHING TO DO' },
    })
    expect(await run(shell('exit 0', { exitCodes: { 0: 'DONE' } }))).toMatchObject({ exitStatus: { exitCode: 'DONE' } })
  })

  it('is FAILED with any other code or signal: the error has it, and the end of the output', async () => {
    const failed = await run(shell('echo one; echo two >&2; exit 4', { exitCodes, outputTail: 5 }))
    expect(failed).toMatchObject({ status: 'FAILED', counts: { commit: 0, rollback: 0 } })
    expect(failed.failures).toEqual([expect.any(CommandFailedError)])
    const { output } = failed.failures[0] as CommandFailedError
    expect(new Set(output)).toEqual(new Set(['one', 'two']))
    expect(failed.failures[0]).toMatchObject({ command: '/bin/sh', exitCode: 4, signal: undefined })
    expect(failed.exitStatus.exitDescription).toContain('"/bin/sh" ended with exit code 4')
    expect(failed.exitStatus.exitDescription).toContain('two')
    const killed = await run(shell('kill -KILL $$'))
    expect(killed.failures).toMatchObject([{ exitCode: undefined, signal: 'SIGKILL', output: [] }])
  })

  it('that is a failure is tried again when `retry` says so', async () => {
    const file = join(folder, 'attempts')
    const tasklet = shell(`echo x >> ${file}; test $(wc -l < ${file}) -ge 3`)
    const step = taskletStep('command', tasklet, { retry: { maxAttempts: 3, on: ['BATCH_COMMAND_FAILED'] } })
    expect(await runStep(step)).toMatchObject({ status: 'COMPLETED', counts: { commit: 1 } })
  })

  it('waits no longer than `killGrace` for a process that is left behind with its output, and leaves it alone', async () => {
    const { lines, logger } = recorder()
    const execution = await run(shell('sleep 1000 & echo $!', { killGrace: '50ms' }), logger)
    expect(execution.status).toBe('COMPLETED')
    const left = Number(lines[0]?.split(' ')[1])
    expect(isAlive(left)).toBe(true)
    process.kill(left)
  })

  it('leaves nothing behind: no listener, no process, no timer', async () => {
    const controller = new AbortController()
    const context = { signal: controller.signal, key: '', stepExecution: {}, logger: recorder().logger } as never
    const clock = new ManualClock()
    const handles = () => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout')
    const before = handles()
    await shell('echo one', { timeout: '1h', clock }).execute(context)
    await shell('exit 1', { timeout: '1h', clock })
      .execute(context)
      .catch(() => undefined)
    await new CommandTasklet({ command: '/no/such/program', timeout: '1h', clock })
      .execute(context)
      .catch(() => undefined)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(clock.timers).toBe(0)
    await vi.waitFor(() => expect(handles()).toEqual(before))
  })
})

describe('the output of a command', () => {
  it('goes to the logger line by line: standard output as info, standard error as warnings', async () => {
    const { lines, logger } = recorder()
    await run(shell("printf 'one\\r\\n\\ntwo\\nlast'; printf 'bad\\n' >&2"), logger)
    expect(lines.filter((line) => line.startsWith('info'))).toEqual(['info one', 'info ', 'info two', 'info last'])
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual(['warn bad'])
  })

  it('leaves its last lines in the exit description, which holds 2,500 characters of their end', async () => {
    const repository = new PostgresJobRepository({ pool: (await taskletDatabase()).pool({ max: 2 }) })
    const short = await runStep(taskletStep('short', shell('seq 1 100')), { repository })
    const twenty = Array.from({ length: 20 }, (_, index) => 81 + index).join('\n')
    expect((await repository.getStepExecution(short.id))?.exitStatus.exitDescription).toBe(twenty)
    const long = await runStep(taskletStep('long', shell("seq 1 2000; printf 'a\\0b'", { outputTail: 1_000 })), {
      repository,
    })
    const description = (await repository.getStepExecution(long.id))?.exitStatus.exitDescription
    expect(description).toHaveLength(2_500)
    expect(description?.endsWith('1999\n2000\na\uFFFDb')).toBe(true)
    const none = await runStep(taskletStep('none', shell('seq 1 10', { outputTail: 0 })), { repository })
    expect(none.exitStatus.exitDescription).toBe('')
  })

  it('is never held as a whole: long lines are cut, and only the last lines are kept', async () => {
    let [count, longest] = [0, 0]
    const { logger } = recorder()
    const info = (_fields: object | string, line = ''): void => {
      count++
      longest = Math.max(longest, line.length)
    }
    const script = `
      const line = 'x'.repeat(99) + '\\n'
      const write = (text) => new Promise((resolve) => process.stdout.write(text, resolve))
      const main = async () => {
        for (let i = 0; i < 80; i++) await write('ä'.repeat(100_000))
        await write('\\n')
        for (let i = 0; i < 200; i++) await write(line.repeat(1_000))
      }
      main()`
    const execution = await run(new CommandTasklet({ ...node(script), outputTail: 2 }), { ...logger, info })
    // Two lines more than the command's are the engine's own.
    expect(count).toBeGreaterThanOrEqual(200_001)
    expect(longest).toBe(4_003)
    expect(execution.exitStatus.exitDescription).toBe(Array(2).fill('x'.repeat(99)).join('\n'))
  })

  it('fails the step when the logger throws, and the command ends first', async () => {
    const broken = new Error('the log is full')
    const { logger } = recorder(() => {
      throw broken
    })
    expect(await run(shell('echo one; echo two'), logger)).toMatchObject({ status: 'FAILED', failures: [broken] })
  })
})

describe('a command that is ended', () => {
  /** Starts a job of one command; resolves once it has printed so many process ids. */
  async function started(tasklet: CommandTasklet, count: number, options: object = {}) {
    const ready = new Deferred()
    const pids: number[] = []
    const { lines, logger } = recorder((line) => {
      if (/^\d+$/.test(line)) pids.push(Number(line))
      if (pids.length === count) ready.resolve()
    })
    const operator = new JobOperator({ repository: new MemoryJobRepository(), logger })
    const handle = await operator.start(
      job('ended')
        .start(taskletStep('command', tasklet, options))
        .build(),
    )
    await ready.promise
    return { operator, handle, pids, lines }
  }

  const family = 'echo $$; sleep 1000 & echo $!; wait'
  const stubborn = `trap '' TERM; echo $$; sh -c "trap '' TERM; echo \\$\\$; while :; do sleep 1; done" & wait; wait`

  it('by a stop is gone with what it has started when the step is STOPPED', async () => {
    const { operator, handle, pids } = await started(shell(family), 2)
    await handle.stop()
    expect(await handle.result).toMatchObject({ status: 'STOPPED', stepExecutions: [{ counts: { commit: 0 } }] })
    await operator.close()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
  })

  it('has its grace to end by itself, and STOPPED it is all the same', async () => {
    const polite = "trap 'echo cleaned; exit 0' TERM; echo $$; while :; do sleep 0.05; done"
    const { operator, handle, lines } = await started(shell(polite), 1)
    await handle.stop()
    expect((await handle.result).status).toBe('STOPPED')
    // A shell may say besides that its sleep was terminated: over the other pipe, so before or behind it.
    expect(lines).toContain('info cleaned')
    await operator.close()
  })

  it('is killed behind its grace, and so is what it has started', async () => {
    const { operator, handle, pids } = await started(shell(stubborn, { killGrace: '100ms' }), 2)
    await handle.stop()
    expect((await handle.result).status).toBe('STOPPED')
    await operator.close()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
  })

  it('is STOPPED only when what it has started is gone too, though it has ended itself at once', async () => {
    const deaf = `echo $$; sh -c "trap '' TERM; echo \\$\\$; exec >/dev/null 2>&1; while :; do sleep 0.05; done" & wait`
    const { operator, handle, pids } = await started(shell(deaf, { killGrace: '200ms' }), 2)
    await handle.stop()
    expect((await handle.result).status).toBe('STOPPED')
    await operator.close()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
  })

  it('by its time limit fails the step, and says so', async () => {
    const { operator, handle, pids } = await started(shell(family, { timeout: '300ms' }), 2)
    const { stepExecutions } = await handle.result
    expect(stepExecutions[0]?.failures).toMatchObject([
      { code: 'BATCH_COMMAND_FAILED', timeout: 300, signal: 'SIGTERM' },
    ])
    expect(String(stepExecutions[0]?.failures[0])).toContain('took longer than its timeout of 300 ms')
    await operator.close()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]))
  })

  it('by a limit of its step is ended too, though nobody waits for it', async () => {
    const { operator, handle, pids } = await started(shell(stubborn, { killGrace: '50ms' }), 2, {
      timeout: { call: '300ms' },
    })
    expect((await handle.result).stepExecutions[0]?.failures).toMatchObject([{ code: 'BATCH_TIMEOUT', what: 'call' }])
    await operator.close()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5_000 })
  })

  it('because its step belongs to somebody else now is killed at once', async () => {
    const controller = new AbortController()
    const lost = new OwnershipLostError({ jobExecutionId: 1, ownerId: 'a' }, 'taken over')
    const { logger } = recorder(() => controller.abort(lost))
    const context = { signal: controller.signal, key: '', stepExecution: {}, logger } as never
    await expect(
      shell("trap '' TERM; echo ready; while :; do sleep 1; done", { killGrace: '1h' }).execute(context),
    ).rejects.toBe(lost)
  })

  it('before it has begun never begins', async () => {
    const controller = new AbortController()
    const stop = new Error('stop')
    const file = join(folder, 'never')
    const tasklet = new CommandTasklet({
      command: 'touch',
      args: () => {
        controller.abort(stop)
        return [file]
      },
    })
    const context = { signal: controller.signal, key: '', stepExecution: {}, logger: recorder().logger } as never
    await expect(tasklet.execute(context)).rejects.toBe(stop)
    expect(() => realpathSync(file)).toThrow('ENOENT')
  })
})

describe('the options of a command', () => {
  it.each<[string, object]>([
    ['command', {}],
    ['command', { command: '' }],
    ['command', { command: 'a\0b' }],
    ['args', { command: 'a', args: 'b c' }],
    ['args[1]', { command: 'a', args: ['b', 'c\0'] }],
    ['args[0]', { command: 'a', args: [1] }],
    ['cwd', { command: 'a', cwd: '' }],
    ['env.B', { command: 'a', env: { B: 'c\0' } }],
    ['env', { command: 'a', env: { 'B=C': 'd' } }],
    ['env.CHUNKWISE_KEY', { command: 'a', env: { CHUNKWISE_KEY: 'x' } }],
    ['inheritEnvironment', { command: 'a', inheritEnvironment: 'no' }],
    ['timeout', { command: 'a', timeout: 0 }],
    ['killGrace', { command: 'a', killGrace: 'soon' }],
    ['exitCodes', { command: 'a', exitCodes: ['COMPLETED'] }],
    ['exitCodes', { command: 'a', exitCodes: { ok: 'COMPLETED' } }],
    ['exitCodes', { command: 'a', exitCodes: { '-1': 'COMPLETED' } }],
    ['exitCodes[1]', { command: 'a', exitCodes: { 1: '' } }],
    ['exitCodes[1]', { command: 'a', exitCodes: { 1: 'FAILED SOFTLY' } }],
    ['outputTail', { command: 'a', outputTail: 1_001 }],
    ['clock', { command: 'a', clock: {} }],
    ['shell', { command: 'a', shell: true }],
  ])('%s is refused at once where it cannot work: %j', (option, options) => {
    expect(() => new CommandTasklet(options as CommandTaskletOptions)).toThrow(InvalidOptionError)
    expect(() => new CommandTasklet(options as CommandTaskletOptions)).toThrow(`CommandTasklet.${option} must be`)
  })
})
