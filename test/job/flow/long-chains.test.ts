import { type Job, job, JobOperator, MemoryJobRepository, type Step } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { plainStep } from '../../launch/plain-steps.js'

/** Counts how often each method of the repository is called. */
function counting() {
  const calls = new Map<string, number>()
  const repository = new Proxy(new MemoryJobRepository(), {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) => {
        calls.set(String(key), (calls.get(String(key)) ?? 0) + 1)
        return (member as (...given: unknown[]) => unknown).apply(target, parameters)
      }
    },
  })
  const take = (): Record<string, number> => {
    const taken = Object.fromEntries(calls)
    calls.clear()
    return taken
  }
  return { repository, take }
}

interface Line {
  next(step: unknown): Line
  on(step: unknown, pattern: string): { to(step: unknown): Line; end(): Line }
  build(): Job
}

/** A chain of steps, the last of which fails at first; each leads to the same step when it fails. */
function chain(length: number, ran: { count: number }): Job {
  let isFirst = true
  const steps: Step<never>[] = Array.from({ length }, (_, index) =>
    plainStep(`s${index}`, async () => {
      ran.count++
      if (index < length - 1 || !isFirst) return
      isFirst = false
      throw new Error('the last fails at first')
    }),
  )
  const rescue = plainStep('rescue', async () => undefined)
  let line = job('chain').start(steps[0] as never) as unknown as Line
  for (const step of steps.slice(1)) line = line.next(step)
  for (const step of steps.slice(0, -1)) line = line.on(step, 'FAILED').to(rescue)
  return line.build()
}

describe('a chain of 10,000 steps', () => {
  it('builds, runs and restarts with a constant number of calls a step', async () => {
    const perStep: unknown[] = []
    for (const length of [1_000, 10_000]) {
      const { repository, take } = counting()
      const ran = { count: 0 }
      const made = chain(length, ran)
      await using operator = new JobOperator({ repository })
      const first = await operator.run(made)
      const second = await operator.run(made)
      expect([first.status, first.stepExecutions.length, ran.count]).toEqual(['FAILED', length, length + 1])
      expect([second.status, second.stepExecutions.length]).toEqual(['COMPLETED', 1])
      const { createStepExecution, updateStepExecution, findStepHistory, listStepExecutions = 0 } = take()
      perStep.push([createStepExecution, updateStepExecution, findStepHistory].map((count) => (count ?? 0) - length))
      expect(listStepExecutions).toBe(0)
    }
    expect(perStep[0]).toEqual(perStep[1])
  }, 120_000)
})

describe('a loop of 10,000 passes', () => {
  it('runs, and a restart reads its history once', async () => {
    const { repository, take } = counting()
    let runs = 0
    const work = plainStep('work', async () => void ++runs)
    const check: Step<never> = {
      ...plainStep('check', async () => undefined),
      execute: async () => {
        if (runs === 10_000) throw new Error('no more for now')
        return undefined
      },
    }
    const line = job('loop').start(work as never) as unknown as Line
    const made = line.next(check).on(check, 'FAILED').end().on(check, 'COMPLETED').to(work).build()
    const failing = line.next(check).on(check, 'COMPLETED').to(work).on(check, 'NEVER').end().build()
    await using operator = new JobOperator({ repository })
    expect((await operator.run(failing)).status).toBe('FAILED')
    take()
    expect((await operator.run(made)).status).toBe('COMPLETED')
    const { findStepHistory, listStepExecutions } = take()
    expect([runs, findStepHistory, listStepExecutions]).toEqual([10_000, expect.any(Number), expect.any(Number)])
    expect(findStepHistory).toBeLessThan(10)
    expect(listStepExecutions).toBeLessThan(100)
  }, 120_000)
})
