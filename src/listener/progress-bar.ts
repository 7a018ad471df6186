import { OptionCheck } from '../domain/check-option.js'
import type { Progress } from '../domain/progress.js'
import { readableBytes, readableNumber, readableTime } from '../support/readable.js'

/** Where a {@link progressBar} is drawn: `process.stdout`, `process.stderr`, or anything that can be written to. */
export interface ProgressStream {
  write(text: string): unknown
  /** Whether it is a terminal, on which a line can be drawn anew. */
  readonly isTTY?: boolean | undefined
  /** The width of the terminal. Default 80. */
  readonly columns?: number | undefined
}

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** What the items are called: `'users'`. Default `'items'`. */
  readonly items?: string
  /** Stands before each line, such as spaces. Default: nothing. */
  readonly prefix?: string
  /** Whether to draw a bar rather than to write lines. Default: as the stream says. */
  readonly bar?: boolean
}

const LONGEST = 30
const SHORTEST = 5

/**
 * Shows progress to people: on a terminal as a bar that moves, elsewhere as a line for each tenth of the work, or, while
 * nobody knows how much there is, for each progress that it is told. Give it to `progressListener`.
 *
 * @example
 * ```ts
 * import { chunkStep, job, progressBar, progressListener } from 'chunkwise'
 *
 * const load = chunkStep('load', { chunkSize: 100, reader: ['Ada', 'Grace'], writer: () => {} })
 * export const nightly = job('nightly', {
 *   listeners: [progressListener(progressBar(process.stdout, { items: 'users' }), { every: '200ms' })],
 * })
 *   .start(load)
 *   .build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function progressBar(stream: ProgressStream, options: ProgressBarOptions = {}): (progress: Progress) => void {
  const check = new OptionCheck('progressBar')
  check.methods('stream', stream, ['write'], 'a stream such as process.stdout')
  check.object(options, ['items', 'prefix', 'bar'])
  const { items = 'items', prefix = '', bar = stream.isTTY === true } = options
  check.text('items', items)
  check.text('prefix', prefix, 0)
  const shown = { items, prefix }
  return check.boolean('bar', bar) ? drawBars(stream, shown) : writeLines(stream, shown)
}

type Shown = Required<Pick<ProgressBarOptions, 'items' | 'prefix'>>

/** One line that is drawn anew; steps that run side by side take turns, each on a line of its own. */
function drawBars(stream: ProgressStream, shown: Shown): (progress: Progress) => void {
  let current: { readonly id: number; readonly length: number } | undefined
  return (progress) => {
    const { stepExecutionId: id, status } = progress
    if (current !== undefined && current.id !== id) stream.write('\n')
    const before = current?.id === id ? current.length : 0
    const line = lineOf(progress, shown, stream.columns ?? 80)
    stream.write(`\r${line.padEnd(before)}`)
    const ended = status !== 'STARTED'
    if (ended) stream.write('\n')
    current = ended ? undefined : { id, length: line.length }
  }
}

/** The bar gives way to what is said beside it; a terminal that is still too narrow cuts that. */
function lineOf(progress: Progress, shown: Shown, columns: number): string {
  const text = describe(progress, shown)
  const most = columns - 1
  const width = Math.max(SHORTEST, Math.min(LONGEST, most - shown.prefix.length - text.length - '[] '.length))
  return `${shown.prefix}${barOf(progress.fraction, width)} ${text}`.slice(0, most)
}

function barOf(fraction: number | undefined, width: number): string {
  if (fraction === undefined) return `[${'·'.repeat(width)}]`
  const filled = Math.floor(width * fraction)
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}]`
}

/** A line when a step has begun and ended, and for each tenth in between. */
function writeLines(stream: ProgressStream, shown: Shown): (progress: Progress) => void {
  const tenths = new Map<number, number>()
  return (progress) => {
    const { stepExecutionId: id, fraction, status } = progress
    const tenth = fraction === undefined ? undefined : Math.floor(10 * fraction)
    const before = tenths.get(id)
    const ended = status !== 'STARTED'
    if (!ended && tenth !== undefined && before !== undefined && tenth <= before) return
    if (ended) tenths.delete(id)
    else if (tenth !== undefined) tenths.set(id, tenth)
    stream.write(`${shown.prefix}${describe(progress, shown)}\n`)
  }
}

function describe(progress: Progress, shown: Shown): string {
  const { stepName, fraction, partitions, rate, timeLeft, status } = progress
  const percent = fraction === undefined ? '' : `${String(Math.floor(100 * fraction)).padStart(3)} %  `
  const parts = partitions === undefined ? [] : [`${partitions.completed} of ${partitions.total} partitions`]
  const end = status === 'STARTED' ? left(timeLeft) : [`${status} after ${readableTime(progress.elapsed)}`]
  const speed = rate === 0 ? [] : [`${readableNumber(rate)} a second`]
  return `${percent}${[stepName, amount(progress, shown), ...parts, ...speed, ...end].join('  ')}`
}

function amount({ items, total, extent }: Progress, shown: Shown): string {
  if (total !== undefined) return `${readableNumber(items)} of ${readableNumber(total)} ${shown.items}`
  const read = `${readableNumber(items)} ${shown.items}`
  if (extent === undefined) return read
  const show = extent.unit === 'bytes' ? readableBytes : readableNumber
  const unit = extent.unit === 'bytes' ? '' : ` ${extent.unit}`
  return `${read}, ${show(extent.done)} of ${show(extent.total)}${unit}`
}

function left(timeLeft: number | undefined): readonly string[] {
  return timeLeft === undefined ? [] : [`about ${readableTime(timeLeft)} left`]
}
