import { setTimeout as delay } from 'node:timers/promises'
import { chunkStep, type Job, job, JobExecutionAlreadyRunningError, JobOperator } from 'chunkwise'
import { describe, expect, test } from 'vitest'
import { type HostKind, HOSTS } from './hosts.js'
import { Proxy } from './proxy.js'

/** What the database has done with the commit that nobody heard of. */
const STATES = ['was stored', 'was not stored'] as const

const EVERYWHERE = HOSTS.flatMap((kind) => STATES.map((state) => ({ ...kind, state })))

async function scene({ copyDatabase, open }: HostKind) {
  const database = await copyDatabase()
  const proxy = await Proxy.open(database.url)
  const host = open(proxy.url, 4)
  const operator = new JobOperator({ repository: host.repository })
  // The operator is registered: what follows is its job's alone.
  await operator.run(trivial('first'))
  const dispose = async (): Promise<void> => {
    proxy.reset(() => 'pass')
    await operator.close()
    await host.close()
    await proxy.close()
  }
  return { proxy, operator, [Symbol.asyncDispose]: dispose }
}

function trivial(name: string): Job {
  return job(name)
    .start(chunkStep(name, { chunkSize: 1, reader: [1], writer: () => {} }))
    .build()
}

describe.each(EVERYWHERE)('on $on, a start that $state, and whose outcome cannot be read either', (kind) => {
  test('fails for a reason that passes, and holds its instance no longer than a moment while the operator lives', async () => {
    await using it = await scene(kind)
    loseCommit(it.proxy, /^insert into \S*batch_job_execution\b/i, kind.state, Infinity)
    const start = it.operator.start(trivial('copy'))
    await expect(start).rejects.toMatchObject({ code: 'BATCH_START_IN_DOUBT', transient: true })
    it.proxy.reset(() => 'pass')
    const execution = await runOnceFree(it.operator, trivial('copy'))
    expect(execution.status).toBe('COMPLETED')
    const executions = await it.operator.executions(execution.jobInstance)
    expect(executions.map(({ status }) => status)).toEqual(
      kind.state === 'was stored' ? ['COMPLETED', 'FAILED'] : ['COMPLETED'],
    )
  }, 30_000)
})

const ENDS = {
  step: /update \S*batch_step_execution\s+set.*exit_code/is,
  job: /update \S*batch_job_execution\s+set.*exit_code/is,
}

describe.each(EVERYWHERE)('on $on, an end that $state', (kind) => {
  test.each(Object.entries(ENDS))(
    'of a %s, whose outcome cannot be read at first, is told as it is stored',
    async (_what, update) => {
      await using it = await scene(kind)
      loseCommit(it.proxy, update, kind.state, 1)
      const execution = await it.operator.run(trivial('copy'))
      expect(execution).toMatchObject({ status: 'COMPLETED', failures: [] })
      expect(await it.operator.execution(execution.id)).toMatchObject({
        status: 'COMPLETED',
        stepExecutions: [{ status: 'COMPLETED' }],
      })
    },
    30_000,
  )
})

/** Starts a job as a host does that tries again until nobody holds it. */
async function runOnceFree(operator: JobOperator, again: Job) {
  for (;;) {
    try {
      return await operator.run(again)
    } catch (error) {
      expect(error).toBeInstanceOf(JobExecutionAlreadyRunningError)
      await delay(20)
    }
  }
}

/**
 * Loses the connection at the COMMIT of the transaction with this statement, and at the next `more` statements of
 * others, so that what became of it cannot be read.
 */
function loseCommit(proxy: Proxy, statement: RegExp, state: (typeof STATES)[number], more: number): void {
  let writing: unknown
  let lost: number | undefined
  proxy.reset(({ text, link }) => {
    if (lost === undefined && statement.test(text)) writing = link
    if (lost === undefined ? writing !== link || !/commit$/i.test(text) : lost === more) return 'pass'
    const isCommit = lost === undefined
    lost = isCommit ? 0 : (lost ?? 0) + 1
    if (isCommit && state === 'was stored') {
      void link.swallowed.then(() => link.cut())
      return 'swallow'
    }
    link.cut()
    return 'hold'
  })
}
