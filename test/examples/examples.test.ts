import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { main as readGenerator } from '../../examples/async-generator-reader/main.js'
import { main as csvToPostgres } from '../../examples/csv-to-postgres/main.js'
import { main as enrichOverHttp } from '../../examples/enrich-over-http/main.js'
import { main as runFlow } from '../../examples/flow/main.js'
import { main as hello } from '../../examples/hello-chunk/main.js'
import { main as runClass } from '../../examples/job-as-class/main.js'
import { main as httpToPostgres } from '../../examples/http-to-postgres/main.js'
import { main as hostInNest } from '../../examples/nestjs-host/main.js'
import { main as nestJobs } from '../../examples/nested-jobs/main.js'
import { main as runPartitions } from '../../examples/partition/main.js'
import { main as postgresToCsv } from '../../examples/postgres-to-csv/main.js'
import { main as showProgress } from '../../examples/progress/main.js'
import { main as stopAndRestart } from '../../examples/stop-and-restart/main.js'
import { main as runTasklets } from '../../examples/tasklet/main.js'
import { main as unitTest } from '../../examples/unit-test-a-step/main.js'
import { main as findCandidates } from '../../examples/users-to-candidates/main.js'
import { temporaryFolder } from '../item/file/temporary-folder.js'
import { freshDatabase } from '../support/databases.js'

const path = temporaryFolder()

describe('examples', () => {
  let printed: unknown[][]

  beforeEach(() => {
    printed = []
    vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void printed.push(words))
  })
  afterEach(() => vi.restoreAllMocks())

  test('hello-chunk greets all who have a name', async () => {
    expect(await hello()).toEqual({ status: 'COMPLETED', written: 4 })
    expect(printed.flat()).toEqual(['Hello, Ada! Hello, Grace!', 'Hello, Barbara!', 'Hello, Frances!'])
  })

  test('unit-test-a-step passes its own tests', async () => {
    expect(await unitTest()).toEqual([
      'emptyLinesAreFiltered',
      'aBadLineFailsTheStepAndKeepsWhatWasCommitted',
      'aKilledProcessLosesAndDoublesNothing',
    ])
  })

  test('nestjs-host writes the invoices with the instances that Nest has made', async () => {
    expect(await hostInNest()).toEqual({
      status: 'COMPLETED',
      invoices: ['order 0: 10', 'order 1: 25', 'order 2: 40'],
    })
    expect(printed).toEqual([['invoices', 'COMPLETED']])
  })

  test('async-generator-reader reads every order once, in chunks of four', async () => {
    expect(await readGenerator()).toEqual([
      ['2026-01-31/1', '2026-01-31/2', '2026-01-31/3', '2026-01-31/4'],
      ['2026-01-31/5', '2026-01-31/6'],
    ])
  })

  test('progress writes lines where there is no terminal, from nothing to the end', async () => {
    let text = ''
    await showProgress({ write: (more) => void (text += more) })
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('  0 %  squares  0 of 1,000 numbers')
    expect(lines.at(-1)).toMatch(/^100 %  squares {2}1,000 of 1,000 numbers {2}[\d,]+ a second {2}COMPLETED after /)
  })

  test('stop-and-restart sends each letter once, over two runs', async () => {
    const names = ['Ada', 'Grace', 'Barbara', 'Frances', 'Jean', 'Kay', 'Betty']
    expect(await stopAndRestart()).toEqual({
      statuses: ['STOPPED', 'COMPLETED'],
      sent: [4, 3],
      letters: names.map((name) => `Dear ${name}`),
    })
  })

  test('flow goes by exit codes and decisions, and a restart runs only what has not completed', async () => {
    const { runs, chart } = await runFlow()
    const reports = ['auditTrail', 'dailyMail', 'dailyTotals']
    expect(runs).toEqual([
      ['NOT SUNDAY', [...reports, 'load', 'tellAboutLines'].toSorted()],
      ['FAILED', [...reports, 'load', 'tellAboutLines'].toSorted()],
      ['COMPLETED', ['dailyMail', 'weeklyTotals']],
    ])
    expect(chart).toMatch(/^flowchart TD/)
  })

  test('job-as-class adds up the orders of a day, and skips what is wrong', async () => {
    expect(await runClass()).toEqual({
      report: '75 on 2026-01-31',
      steps: ['sumOrders COMPLETED', 'addUp COMPLETED', 'celebrate COMPLETED'],
      skipped: [2],
    })
    expect(printed).toEqual([['COMPLETED', '75 on 2026-01-31']])
  })

  test('nested-jobs restarts the same inner instance, which goes on where it was', async () => {
    expect(await nestJobs()).toEqual({
      statuses: ['FAILED', 'COMPLETED'],
      instances: 1,
      executions: 2,
      written: ['Ada', 'Grace', 'Edsger', 'Barbara', 'page'],
    })
  })

  test('tasklet deletes old sessions in parts, and ends where its program has nothing to report', async () => {
    expect(await runTasklets()).toEqual({
      steps: ['deleteOld COMPLETED', 'makeReport NO REPORT: no report for 2026-01-31'],
      calls: 2,
      left: ['2026-02-01', '2026-01-31'],
    })
    expect(printed).toEqual([])
  })

  test('partition runs again what failed, and nothing else', async () => {
    expect(await runPartitions()).toEqual({
      statuses: ['FAILED', 'COMPLETED'],
      ran: [
        ['invoices FAILED', 'invoices:north COMPLETED', 'invoices:south FAILED', 'invoices:west COMPLETED'],
        ['invoices COMPLETED', 'invoices:south COMPLETED'],
      ],
      counted: 9,
      sent: ['Ada', 'Barbara', 'Betty', 'Frances', 'Grace', 'Jean', 'Kay', 'Marlyn', 'Ruth'],
    })
  })

  test('csv-to-postgres has every good record once, and each bad one in its file, over a stop and a restart', async () => {
    const { url } = await freshDatabase()
    expect(await csvToPostgres(url, path('.'))).toEqual({
      statuses: ['STOPPED', 'COMPLETED'],
      read: [449, 549],
      customers: 996,
      rejected: [
        'phase,item,reason',
        expect.stringMatching(/^read,,"line \d+, born: 1\.00,150,""Eve, the Bad"",1990-02-30"$/),
        expect.stringMatching(/^write,300,.*customers_balance_check/),
        expect.stringMatching(/^read,,"line \d+, the record: 7\.00,700,""Trent,1992-01-01"$/),
        expect.stringMatching(/^write,2,.*customers_pkey/),
      ],
    })
  })

  test('postgres-to-csv shows a file when every invoice is in it, over a run that fails and its restart', async () => {
    const { url } = await freshDatabase()
    const { lines, ...outcome } = await postgresToCsv(url, path('.'))
    expect(outcome).toEqual({ statuses: ['FAILED', 'COMPLETED'], written: [600, 400], seen: [false, true] })
    expect(lines).toHaveLength(1_002)
    expect([lines[0], lines[1], lines.at(-1)]).toEqual([
      'id,address,total',
      '1,"Main Street 1, ""Old Town""",1.10',
      '# 1000 invoices',
    ])
  })

  test('http-to-postgres has every order once, over a run that fails half-way and its restart', async () => {
    const { url } = await freshDatabase()
    expect(await httpToPostgres(url)).toEqual({
      statuses: ['FAILED', 'COMPLETED'],
      read: [500, 500],
      rows: 1_000,
      cents: (1_000 * 1_001 * 10) / 2,
    })
  })

  test('enrich-over-http asks for customers together and once, and skips the letters that are refused', async () => {
    expect(await enrichOverHttp()).toEqual({
      status: 'COMPLETED',
      lookUps: [['ada', 'grace', 'kay', 'jean', 'nobody']],
      letters: 12,
      refused: [3, 8, 13, 18].map((id) => `kay, order ${id} is on its way`),
    })
  })

  test('users-to-candidates writes each inactive user who has not opted out, and is done with that day', async () => {
    const { url } = await freshDatabase()
    const execution = await findCandidates(url)
    const [step] = execution.stepExecutions
    expect(step?.guarantee).toBe('exactly-once')
    const pool = new pg.Pool({ connectionString: url })
    const { rows } = await pool.query<{ rows: number; names: number; inactive: number }>(
      `select count(*)::int as rows, count(distinct user_name)::int as names,
              (select count(*)::int from users where last_login < '2025-12-21Z') as inactive
       from candidates`,
    )
    await pool.end()
    const written = step?.counts.write
    expect(rows).toEqual([{ rows: written, names: written, inactive: step?.counts.read }])
    await expect(findCandidates(url)).rejects.toThrow('complete')
  })
})
