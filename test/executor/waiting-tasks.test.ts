import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PoolTaskExecutor } from '../../src/executor/pool-task-executor.js'
import { SimpleAsyncTaskExecutor } from '../../src/executor/simple-async-task-executor.js'
import { Gate, settle } from './gate.js'

describe('tasks that wait for tasks of their pool', () => {
  it('finish on one slot, with children and grandchildren', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const family = (depth: number): Promise<number> =>
      pool.submit(async () => {
        if (depth === 0) return 1
        const children = await pool.whileWaiting(() => Promise.all([family(depth - 1), family(depth - 1)]))
        return children.reduce((sum, size) => sum + size, 1)
      })
    expect(await Promise.all([family(4), family(4)])).toEqual([31, 31])
    await pool.onIdle()
  })

  it('have room for a child at once, under the policy abort', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 0, rejectionPolicy: 'abort' })
    expect(await pool.submit(() => pool.whileWaiting(() => pool.submit(() => 'child')))).toBe('child')
  })

  it('fail as their children do, and hold their slot again', async () => {
    const pool = new SimpleAsyncTaskExecutor({ concurrencyLimit: 1 })
    const failure = new Error('child')
    const parent = pool.submit(async () => {
      const caught = await pool.whileWaiting(() => pool.submit(() => Promise.reject(failure))).catch((e: unknown) => e)
      const next = new Gate()
      void pool.submit(next.task)
      await settle()
      return [caught, next.started]
    })
    expect(await parent).toEqual([failure, false])
  })

  it('take their slot again before the wait resolves, in turn with tasks that queue', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const between = new Gate()
    let resumed = false
    const parent = pool.submit(async () => {
      await pool.whileWaiting(async () => {
        void pool.submit(between.task)
      })
      resumed = true
    })
    await settle()
    expect([between.started, resumed]).toEqual([true, false])
    between.open()
    await parent
    expect(resumed).toBe(true)
  })

  it('do not release a slot twice when waits nest', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const [first, second] = [new Gate(), new Gate()]
    const parent = pool.submit(() => pool.whileWaiting(() => pool.whileWaiting(settle)))
    void pool.submit(first.task)
    void pool.submit(second.task)
    await settle()
    await settle()
    expect([first.started, second.started]).toEqual([true, false])
    first.open()
    second.open()
    await parent
  })

  it('give their slot back while any branch waits, and hold it again after the last', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const [fast, slow, meanwhile, next] = [new Gate(), new Gate(), new Gate(), new Gate()]
    let fastEnded = false
    const parent = pool.submit(async () => {
      const branch = pool.whileWaiting(fast.task).then(() => (fastEnded = true))
      await Promise.all([branch, pool.whileWaiting(slow.task)])
      void pool.submit(next.task)
      await settle()
      return next.started
    })
    void pool.submit(meanwhile.task)
    fast.open()
    await settle()
    expect([meanwhile.started, fastEnded]).toEqual([true, true])
    meanwhile.open()
    slow.open()
    expect(await parent).toBe(false)
    next.open()
    await pool.onIdle()
  })

  it('hand on a slot they get when another branch began to wait meanwhile', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const [holder, child, late] = [new Gate(), new Gate(), new Gate()]
    const parent = pool.submit(async () => {
      // The first branch queues behind `holder` for the slot; the second starts to wait for `child` in that time.
      const first = pool.whileWaiting(async () => void pool.submit(holder.task))
      const second = late.task().then(() => pool.whileWaiting(() => pool.submit(child.task)))
      await Promise.all([first, second])
      return 'done'
    })
    await settle()
    late.open()
    await settle()
    holder.open()
    await settle()
    expect(child.started).toBe(true)
    child.open()
    expect(await parent).toBe('done')
  })

  it('end while a branch still waits, which then goes on without a slot', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const [stray, next, last] = [new Gate(), new Gate(), new Gate()]
    let branch = Promise.resolve()
    await pool.submit(() => {
      branch = pool.whileWaiting(stray.task)
    })
    void pool.submit(next.task)
    void pool.submit(last.task)
    await settle()
    stray.open()
    await branch
    expect([next.started, last.started]).toEqual([true, false])
  })

  it('leave no slot taken by a branch that queues for it when they end', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const [holder, end] = [new Gate(), new Gate()]
    const parent = pool.submit(() => {
      void pool.whileWaiting(async () => void pool.submit(holder.task))
      return end.task()
    })
    await settle()
    end.open()
    await parent
    holder.open()
    expect(await pool.submit(() => 'next')).toBe('next')
  })

  it('keep their slot while a task that callerRuns started in them waits', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 1, rejectionPolicy: 'callerRuns' })
    const [queued, inner, end] = [new Gate(), new Gate(), new Gate()]
    void pool.submit(() => {
      void pool.submit(queued.task)
      void pool.submit(() => pool.whileWaiting(inner.task))
      return end.task()
    })
    await settle()
    expect([inner.started, queued.started]).toEqual([true, false])
    end.open()
    await settle()
    expect(queued.started).toBe(true)
  })

  it('keep their slot while they wait for tasks of another executor', async () => {
    const [outer, inner] = [new PoolTaskExecutor({ corePoolSize: 1 }), new PoolTaskExecutor({ corePoolSize: 1 })]
    const [child, next] = [new Gate(), new Gate()]
    const parent = outer.submit(() => inner.whileWaiting(() => inner.submit(child.task)))
    const queued = outer.submit(next.task)
    await settle()
    expect([child.started, next.started]).toEqual([true, false])
    child.open()
    next.open()
    await Promise.all([parent, queued])
  })
})

interface Tree {
  readonly pauses: number
  readonly sideBySide: boolean
  readonly children: readonly Tree[]
}

function trees(depth: number): fc.Arbitrary<Tree> {
  return fc.record({
    pauses: fc.nat(2),
    sideBySide: fc.boolean(),
    children: depth === 0 ? fc.constant([]) : fc.array(trees(depth - 1), { maxLength: 4 }),
  })
}

const sizes = fc.record({
  corePoolSize: fc.integer({ min: 1, max: 4 }),
  growth: fc.nat(2),
  queueCapacity: fc.option(fc.nat(3)),
  rejectionPolicy: fc.constantFrom('block' as const, 'callerRuns' as const),
})

/** Runs trees of tasks that wait for their children, and counts how many hold a slot. */
class Forest {
  ended = 0
  mostInSlots = 0
  readonly #pool: PoolTaskExecutor
  #inSlots = 0
  #submitting = false

  constructor(pool: PoolTaskExecutor) {
    this.#pool = pool
  }

  run(root: Tree): Promise<void> {
    // Only callerRuns calls a task before submit returns, and gives it no slot.
    this.#submitting = true
    const result = this.#pool.submit(() => this.#grow(root, this.#submitting ? 0 : 1))
    this.#submitting = false
    return result
  }

  async #grow(root: Tree, weight: 0 | 1): Promise<void> {
    this.#submitting = false
    this.#hold(weight)
    for (let pause = 0; pause < root.pauses; pause++) await settle()
    this.#hold(-weight)
    await this.#pool.whileWaiting(() => this.#children(root))
    this.#hold(weight)
    for (let pause = 0; pause < root.pauses; pause++) await settle()
    this.#hold(-weight)
    this.ended++
  }

  async #children({ children, sideBySide }: Tree): Promise<void> {
    if (sideBySide) await Promise.all(children.map((child) => this.run(child)))
    else for (const child of children) await this.run(child)
  }

  #hold(change: number): void {
    this.#inSlots += change
    this.mostInSlots = Math.max(this.mostInSlots, this.#inSlots)
  }
}

function count({ children }: Tree): number {
  return children.reduce((sum, child) => sum + count(child), 1)
}

describe('any trees of tasks on any pool', () => {
  it('finish, and never hold more slots than there are', async () => {
    const property = fc.asyncProperty(
      fc.array(trees(3), { minLength: 1, maxLength: 4 }),
      sizes,
      async (roots, given) => {
        const { corePoolSize, growth, queueCapacity, rejectionPolicy } = given
        const maxPoolSize = corePoolSize + growth
        const bound = queueCapacity === null ? {} : { queueCapacity }
        const pool = new PoolTaskExecutor({ corePoolSize, maxPoolSize, rejectionPolicy, ...bound })
        const forest = new Forest(pool)
        await Promise.all(roots.map((root) => forest.run(root)))
        await pool.onIdle()
        expect(forest.ended).toBe(roots.reduce((sum, root) => sum + count(root), 0))
        expect(forest.mostInSlots).toBeLessThanOrEqual(queueCapacity === null ? corePoolSize : maxPoolSize)
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })
})
