import { ExitStatus } from '../../domain/exit-status.js'
import type { NoParameters } from '../../domain/step-context.js'
import { hostEnvironment } from '../../support/host-process.js'
import { CommandFailedError, lastCharacters } from './command-errors.js'
import { checkArguments, checkCommand, type CheckedCommand, type CommandTaskletOptions } from './command-options.js'
import { CommandOutput } from './command-output.js'
import type { CommandEnd } from './command-process.js'
import { runCommand } from './run-command.js'
import type { OutsideTasklet, OutsideTaskletContext } from './tasklet.js'

/** What an exit description holds. */
const DESCRIPTION = 2_500

/**
 * Runs a program with arguments, outside of any transaction and without a shell. Its output goes to the logger line by
 * line (standard output as info, standard error as warnings; lines are cut behind 4,000 characters), the last lines into
 * the step's exit description. Its standard input is empty.
 *
 * A stop of the step and `timeout` end it with all that it has started: SIGTERM, after `killGrace` SIGKILL, to its whole
 * process group (on Windows, to the program alone and at once). The step ends when it is gone. A limit of the step or the job
 * ends it likewise, but nobody waits for it then. What it has started and left running when it ends by itself is left alone.
 *
 * Its effects are at-least-once. A process of the host that dies cannot end it: the command may outlive it, and a restart
 * starts it again, perhaps beside the first. `CHUNKWISE_KEY` in its environment is the same then: a command that must not
 * run twice takes a lock, or looks whether this key is done.
 *
 * @example
 * ```ts
 * import { CommandTasklet, type OutsideTaskletContext, taskletStep } from 'chunkwise'
 *
 * export const exportUsers = taskletStep(
 *   'exportUsers',
 *   new CommandTasklet({
 *     command: '/usr/local/bin/export-users',
 *     args: ({ parameters }: OutsideTaskletContext<{ day: string }>) => ['--day', parameters.day],
 *     exitCodes: { 3: 'NOTHING TO DO' },
 *     timeout: '10m',
 *   }),
 * )
 * ```
 *
 * @throws InvalidOptionError an option cannot work: the error names it and quotes the value
 */
export class CommandTasklet<P = NoParameters> implements OutsideTasklet<P> {
  readonly outside = true
  readonly #options: CheckedCommand<P>

  constructor(options: CommandTaskletOptions<P>) {
    this.#options = checkCommand(options)
  }

  /**
   * Runs the program once.
   *
   * @throws CommandFailedError it has ended badly
   * @throws CommandStartError it could not be started
   */
  async execute(context: OutsideTaskletContext<P>): Promise<ExitStatus> {
    const { args, outputTail } = this.#options
    const { signal, logger, stepExecution } = context
    const checked = typeof args === 'function' ? checkArguments(await args(context)) : args
    signal.throwIfAborted()
    const output = new CommandOutput({
      tail: outputTail,
      onLine(stream, line) {
        const fields = { step: stepExecution.stepName, stream }
        if (stream === 'stdout') logger.info(fields, line)
        else logger.warn(fields, line)
      },
    })
    const env = this.#environment(context.key)
    const end = await runCommand({ ...this.#options, args: checked, env, signal, output })
    if (end.endedBy === 'stop') throw signal.reason
    output.assertTold()
    return this.#exitStatus(end, output)
  }

  #environment(key: string): Record<string, string | undefined> {
    const { env, inheritEnvironment } = this.#options
    return { ...(inheritEnvironment ? hostEnvironment() : {}), ...env, CHUNKWISE_KEY: key }
  }

  #exitStatus({ exitCode, signal, endedBy }: CommandEnd, { tail }: CommandOutput): ExitStatus {
    const { command, timeout, exitCodes } = this.#options
    const code = endedBy === undefined && exitCode !== undefined ? exitCodes.get(exitCode) : undefined
    if (code !== undefined) return new ExitStatus(code, lastCharacters(tail, DESCRIPTION))
    const limit = endedBy === 'timeout' ? timeout : undefined
    throw new CommandFailedError({ command, exitCode, signal, timeout: limit, output: tail })
  }
}
