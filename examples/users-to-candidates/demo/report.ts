import { addCounts, type JobExecution, type StepCounts } from 'chunkwise'
import type { Check } from './check.js'

const COLUMNS = ['read', 'filter', 'write', 'commit', 'rollback'] as const
const HEADINGS = ['read', 'filtered', 'written', 'commits', 'rollbacks']

/** A whole number for people: `200,000`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** The counts of the step in each execution of the job, and their sum, as a table. */
export function countsTable(executions: readonly JobExecution[]): string {
  const steps = executions.flatMap(({ stepExecutions }, run) => stepExecutions.map((step) => ({ run: run + 1, step })))
  const lines = steps.map(({ run, step }) => {
    const why = step.exitStatus.exitDescription.split('\n', 1)[0] ?? ''
    return [`run ${run}`, step.status, ...figures(step.counts), why]
  })
  const [first, ...rest] = steps.map(({ step }) => step.counts)
  const sum = first === undefined ? [] : [['together', '', ...figures(rest.reduce(addCounts, first)), '']]
  return table([['', 'status', ...HEADINGS, ''], ...lines, ...sum])
}

function figures(counts: StepCounts): readonly string[] {
  return COLUMNS.map((column) => number(counts[column]))
}

/** What the check found, in words. */
export function checkLines(check: Check): readonly string[] {
  const { expected, exactlyOnce, missing, doubled, unexpected } = check
  return [
    `${number(expected)} candidates expected, ${number(exactlyOnce)} there exactly once,`,
    `${number(missing)} missing, ${number(doubled)} doubled, ${number(unexpected)} that should not be there`,
  ]
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    return column < 2 || column > COLUMNS.length + 1 ? text.padEnd(width) : text.padStart(width)
  }
  return rows.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd()).join('\n')
}
