import { OptionCheck } from '../../domain/check-option.js'
import { InvalidOptionError } from '../../domain/option-error.js'
import type { NoParameters } from '../../domain/step-context.js'
import { type Clock, systemClock } from '../../support/clock.js'
import type { Duration } from '../../support/duration.js'
import { checkTimeout } from '../time-limit.js'
import type { OutsideTaskletContext } from './tasklet.js'
import { unsuccessfulCode } from './tasklet-result.js'

/** The arguments of a program, or a function that makes them of a call's context, such as of the job's parameters. */
export type CommandArguments<P> =
  | readonly string[]
  | ((context: OutsideTaskletContext<P>) => readonly string[] | Promise<readonly string[]>)

/** Options of {@link CommandTasklet}. */
export interface CommandTaskletOptions<P = NoParameters> {
  /**
   * The program: a path, or a name that is looked for on the PATH of the command's environment. Never a line for a shell:
   * what has spaces in it is a file of that name.
   */
  readonly command: string
  /** Its arguments, each handed over as it is: no shell takes them apart. Default: none. */
  readonly args?: CommandArguments<P>
  /** The directory it works in. Default: that of this process. */
  readonly cwd?: string
  /**
   * Variables of its environment; `undefined` takes one away. `CHUNKWISE_KEY` is always the call's idempotency key. Default:
   * none besides.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whether it has the variables of this process too. Default true. */
  readonly inheritEnvironment?: boolean
  /** How long it may run. It is then ended as by a stop, and the step fails. Default: as long as it takes. */
  readonly timeout?: Duration
  /** How long it may take to end when it is asked to, before it is killed. Default `'5s'`. */
  readonly killGrace?: Duration
  /**
   * The exit codes with which it has ended well, and the step's exit code for each: `{ 3: 'NOTHING TO DO' }`. 0 is
   * `'COMPLETED'` unless it is named here. Every other code, and every signal, fails the step. Default: 0 alone.
   */
  readonly exitCodes?: Readonly<Record<number, string>>
  /** How many of the last lines of its output go into the exit description. 0 to 1,000. Default 20. */
  readonly outputTail?: number
  /** The clock of `timeout` and `killGrace`. Default: the system's. */
  readonly clock?: Clock
}

/** The options of a command, checked and complete. */
export interface CheckedCommand<P> {
  readonly command: string
  readonly args: CommandArguments<P>
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly inheritEnvironment: boolean
  /** Milliseconds; `undefined` for no limit. */
  readonly timeout: number | undefined
  /** Milliseconds. */
  readonly killGrace: number
  readonly exitCodes: ReadonlyMap<number, string>
  readonly outputTail: number
  readonly clock: Clock
}

const OWNER = 'CommandTasklet'
const KNOWN = [
  'command',
  'args',
  'cwd',
  'env',
  'inheritEnvironment',
  'timeout',
  'killGrace',
  'exitCodes',
  'outputTail',
  'clock',
] as const

/** The greatest exit code of any system. */
const GREATEST_CODE = 2 ** 32 - 1

/** Checks the options of a command. */
export function checkCommand<P>(options: CommandTaskletOptions<P>): CheckedCommand<P> {
  const check = new OptionCheck(OWNER)
  check.object(options, KNOWN)
  const { args = [], cwd, env = {}, inheritEnvironment = true, outputTail = 20, clock = systemClock } = options
  if (cwd !== undefined) check.text('cwd', plainText('cwd', cwd))
  check.methods('clock', clock, ['now', 'monotonic', 'after'], 'a clock')
  return {
    command: check.text('command', plainText('command', options.command)),
    args: typeof args === 'function' ? args : checkArguments(args),
    cwd,
    env: checkEnvironment(check, env),
    inheritEnvironment: check.boolean('inheritEnvironment', inheritEnvironment),
    timeout: checkTimeout(check, 'timeout', options.timeout),
    killGrace: checkTimeout(check, 'killGrace', options.killGrace ?? '5s') as number,
    exitCodes: checkExitCodes(check, options.exitCodes ?? {}),
    outputTail: check.integer('outputTail', outputTail, 0, 1_000),
    clock,
  }
}

/**
 * Checks the arguments of a program, as they are given or as a function has made them.
 *
 * @throws InvalidOptionError
 */
export function checkArguments(args: unknown): readonly string[] {
  if (!Array.isArray(args)) throw new InvalidOptionError(`${OWNER}.args`, args, 'an array of texts')
  return (args as unknown[]).map((arg, index) => plainText(`args[${index}]`, arg))
}

/** No program can be handed a NUL: the text would end there. */
function plainText(option: string, text: unknown): string {
  if (typeof text === 'string' && !text.includes('\0')) return text
  throw new InvalidOptionError(`${OWNER}.${option}`, text, 'a text without NUL')
}

function checkEnvironment(check: OptionCheck, env: CheckedCommand<never>['env']): CheckedCommand<never>['env'] {
  if (typeof env !== 'object' || env === null) check.fail('env', env, 'an object of texts')
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || /[=\0]/.test(name)) check.fail('env', name, 'an object whose keys are names without "=" and NUL')
    if (name === 'CHUNKWISE_KEY') check.fail(`env.${name}`, value, "left out: it is the call's idempotency key")
    if (value !== undefined) plainText(`env.${name}`, value)
  }
  return { ...env }
}

function checkExitCodes(check: OptionCheck, exitCodes: unknown): ReadonlyMap<number, string> {
  if (typeof exitCodes !== 'object' || exitCodes === null || Array.isArray(exitCodes)) {
    check.fail('exitCodes', exitCodes, "an object such as { 3: 'NOTHING TO DO' }")
  }
  const checked = new Map([[0, 'COMPLETED']])
  for (const [key, exitCode] of Object.entries(exitCodes)) {
    const option = `exitCodes[${key}]`
    const code = check.integer('exitCodes', key === String(Number(key)) ? Number(key) : key, 0, GREATEST_CODE)
    const text = check.text(option, exitCode)
    const word = unsuccessfulCode(text)
    if (word !== undefined)
      check.fail(option, text, `no code that begins with ${word}: leave it out, and it fails the step`)
    checked.set(code, text)
  }
  return checked
}
