import { chunkStep, InvalidOptionError, job, type Job, type Step } from 'chunkwise'
import { describe, expect, it } from 'vitest'

const step = <const N extends string>(name: N) =>
  chunkStep(name, { chunkSize: 1, reader: [1], writer: () => undefined })

function refusal(run: () => unknown): InvalidOptionError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error('nothing was refused')
}

describe('job', () => {
  it('makes a value: a builder that is used twice makes two jobs', () => {
    const base = job('base', { parameters: { day: 'date' }, preventRestart: true }).start(step('a'))
    const one = base.next(step('b')).build()
    const other = base.next(step('c')).next(step('b')).build()
    const names = ({ steps }: Pick<Job, 'steps'>) => steps.map(({ name }) => name)
    expect([names(base.build()), names(one), names(other)]).toEqual([['a'], ['a', 'b'], ['a', 'c', 'b']])
    expect(one).toMatchObject({ name: 'base', parameters: { day: 'date' }, restartable: false, listeners: [] })
  })

  it('refuses two steps of one name, and names it', () => {
    const twice = job('twice').start(step('load')) as unknown as { next(other: unknown): { build(): unknown } }
    const error = refusal(() => twice.next(step('load')).build())
    expect(error).toMatchObject({ option: 'job("twice").step', value: 'load' })
    expect(error.message).toContain('whose name the job does not have yet')
  })

  it.each([undefined, null, {}, 'load', [step('a')]])('refuses %s for a step', (value) => {
    expect(refusal(() => job('x').start(value as unknown as Step<Record<never, never>>)).option).toBe('job("x").step')
  })

  it.each([undefined, '', 'x'.repeat(101), 7])('refuses the name %s', (name) => {
    expect(refusal(() => job(name as string))).toMatchObject({ option: 'job.name', value: name })
  })

  it.each([
    [{ preventRestart: 'yes' }, 'job("x").preventRestart'],
    [{ listeners: {} }, 'job("x").listeners'],
    [{ listeners: [undefined] }, 'job("x").listeners[0]'],
    [{ parameters: [] }, 'job("x").parameters'],
    [{ parameters: { day: 'day' } }, 'job("x").parameters.day'],
    [{ parameter: {} }, 'job("x").parameter'],
    [null, 'job("x").options'],
  ])('refuses the options %j', (options, option) => {
    expect(refusal(() => job('x', options as object)).option).toBe(option)
  })
})
