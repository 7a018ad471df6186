// A long-lived process that starts jobs when it is told to. Written against the package as it is published; commands
// and answers are the ones of racers.ts. Its one argument is the database's URL.
import mysql from 'mysql2/promise'
import pg from 'pg'
import { BatchError, chunkStep, job, JobOperator, RunIdIncrementer } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'

const [url] = process.argv.slice(2)
const isMysql = url.startsWith('mysql:')
const pool = isMysql
  ? mysql.createPool({ uri: url, connectionLimit: 4 })
  : new pg.Pool({ connectionString: url, max: 4 })
if (!isMysql) pool.on('error', () => {})
const repository = isMysql ? new MysqlJobRepository({ pool }) : new PostgresJobRepository({ pool })
const operator = new JobOperator({ repository, ownerGrace: '100ms' })

/** Set while a job of ours is to wait for the others' answers; called with how it ends. */
let end
let waiting

const held = job('held', { parameters: { race: 'long' } })
  .start(
    chunkStep('wait', {
      chunkSize: 1,
      reader: [1],
      writer: async () => {
        if ((await waiting) === 'fail') throw new Error('told to fail')
      },
    }),
  )
  .build()

const trivial = job('trivial', { parameters: { race: 'long' } })
  .start(chunkStep('one', { chunkSize: 1, reader: [1], writer: () => {} }))
  .build()

/** Fails each time: what would restart a run of another process must not. */
const counted = job('counted', { incrementer: new RunIdIncrementer() })
  .start(
    chunkStep('fail', {
      chunkSize: 1,
      reader: [1],
      writer: () => {
        throw new Error('told to fail')
      },
    }),
  )
  .build()

let running

const commands = {
  /** Starts the instance; the job waits for `end`. */
  async start({ race }) {
    waiting ??= new Promise((resolve) => (end = resolve))
    running = await operator.start(held, { race })
    return 'started'
  },
  /** Ends the job that was started, and answers its status. */
  async end({ how }) {
    end(how)
    const { status } = await running.result
    waiting = undefined
    return status
  },
  /** Runs instances of their own, all at once, and answers how each ended. */
  async runAll({ races }) {
    const executions = await Promise.all(races.map((race) => operator.run(trivial, { race })))
    return executions.map(({ status }) => status)
  },
  /** Starts the next run as often as told, one after another; answers the counts that it got, and the errors. */
  async startNext({ times }) {
    const outcome = { started: [], refused: [] }
    for (let time = 0; time < times; time++) {
      try {
        const { execution, result } = await operator.startNext(counted)
        outcome.started.push(execution.parameters.get('run.id').value)
        await result
      } catch (error) {
        if (!(error instanceof BatchError)) throw error
        outcome.refused.push(error.code)
      }
    }
    return outcome
  },
  async close() {
    end?.('fail')
    await operator.close()
    await pool.end()
    process.disconnect()
  },
}

process.on('message', ({ command, ...parameters }) => {
  commands[command](parameters).then(
    (value) => answer({ value }),
    // Whatever is not ours has leaked.
    (error) => answer({ error: error instanceof BatchError ? error.code : `leaked: ${error?.stack ?? error}` }),
  )
})

function answer(message) {
  if (process.connected) process.send(message)
}

answer({ value: 'ready' })
