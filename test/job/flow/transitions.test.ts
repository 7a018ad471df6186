import { decision, ExitStatus, flow, job } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow-lab.js'
import { stores } from './stores.js'

describe.each(stores)('a transition, remembered %s', (_, store) => {
  it.each([
    ['no wildcard before a question mark', ['A?', 'AB', 'A*'], 'AB'],
    ['a question mark before an asterisk', ['A*', 'A?', '*'], 'A?'],
    ['one question mark before two', ['??', 'A?', '*'], 'A?'],
    ['one asterisk with marks before two asterisks', ['*A*', '??*', '**'], '??*'],
    ['of the same wildcards the longer', ['*', 'A*'], 'A*'],
    ['of the same length the first in the alphabet', ['?B', 'A?'], '?B'],
    ['whatever the order in which they were added', ['*', '?B', 'A*', 'AB', 'A?'], 'AB'],
  ])('is the most specific one that matches: %s', async (_rule, patterns, winner) => {
    const lab = await FlowLab.open(store)
    const from = lab.step('from', ['AB'])
    let builder = job(lab.name).start(from)
    for (const pattern of patterns) builder = builder.on(from, pattern).end(`by ${pattern}`)
    expect(await lab.run(builder.build())).toEqual({ job: `COMPLETED/by ${winner}`, steps: ['from COMPLETED/AB'] })
  })

  it('takes the next of a completed step that no pattern matches', async () => {
    const lab = await FlowLab.open(store)
    const [a, b, c] = [lab.step('a', ['ODD']), lab.step('b'), lab.step('c')]
    const made = job(lab.name).start(a).on(a, 'COMPLETED').to(c).next(b).build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED/ODD', 'b COMPLETED'] })
  })

  it('does not take the next of a failed step: the job ends as the step did', async () => {
    const lab = await FlowLab.open(store)
    const [a, b, c] = [lab.step('a', ['FAIL']), lab.step('b'), lab.step('c')]
    const made = job(lab.name).start(a).on(a, 'COMPLETED').to(c).next(b).build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a FAILED'] })
    expect(lab.last.failures).toEqual([new Error('a fails')])
  })

  it('leads back to the main line, which `on` does not move', async () => {
    const lab = await FlowLab.open(store)
    const [a, b, c, d] = [lab.step('a', ['SIDE']), lab.step('b'), lab.step('c'), lab.step('d')]
    const made = job(lab.name).start(a).on(a, 'SIDE').to(c).next(b).next(d).from(c).next(lab.step('e')).build()
    await lab.run(made)
    expect(lab.ran).toEqual(['a', 'c', 'e'])
  })

  it('that is missing ends the job with the status and the exit code of the step', async () => {
    const lab = await FlowLab.open(store)
    expect(
      await lab.run(
        job(lab.name)
          .start(lab.step('a', ['WITH SKIPS']))
          .build(),
      ),
    ).toEqual({
      job: 'COMPLETED/WITH SKIPS',
      steps: ['a COMPLETED/WITH SKIPS'],
    })
  })

  it('that none of the patterns gives, where there is no next, fails the job and names code and patterns', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['ODD'])
    const made = job(lab.name).start(a).on(a, 'B*').end().on(a, 'FAILED').fail().build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['a COMPLETED/ODD'] })
    expect(lab.last.failures).toMatchObject([
      { code: 'BATCH_NO_TRANSITION', place: 'a', exitCode: 'ODD', patterns: ['FAILED', 'B*'] },
    ])
    const stored = await lab.repository.getJobExecution(lab.last.id)
    for (const named of ['"ODD"', '"FAILED"', '"B*"']) {
      expect(stored?.exitStatus.exitDescription).toContain(named)
    }
  })

  it('that is missing after a failure is told beside the step’s own failure', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    expect(await lab.run(job(lab.name).start(a).on(a, 'B*').end().build())).toEqual({
      job: 'FAILED',
      steps: ['a FAILED'],
    })
    expect(lab.last.failures).toMatchObject([{ message: 'a fails' }, { code: 'BATCH_NO_TRANSITION' }])
  })

  it.each([
    [undefined, 'COMPLETED'],
    ['DONE BY HAND', 'COMPLETED/DONE BY HAND'],
  ])('to end(%s) completes the job', async (code, ended) => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const made = job(lab.name).start(a).on(a, '*').end(code).build()
    expect(await lab.run(made)).toEqual({ job: ended, steps: ['a COMPLETED'] })
  })

  it.each([
    [undefined, 'FAILED'],
    ['TOO FEW', 'FAILED/TOO FEW'],
  ])('to fail(%s) fails the job', async (code, ended) => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a')
    const made = job(lab.name).start(a).on(a, '*').fail(code).build()
    expect(await lab.run(made)).toEqual({ job: ended, steps: ['a COMPLETED'] })
  })

  it('to fail() keeps the failures of the step', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'])
    await lab.run(job(lab.name).start(a).on(a, '*').fail('BAD').build())
    expect(lab.last.failures).toEqual([new Error('a fails')])
    expect(lab.last.exitStatus.exitDescription).toContain('a fails')
  })

  it('follows the exit code that afterStep has raised', async () => {
    const lab = await FlowLab.open(store)
    const afterStep = () => new ExitStatus('WITH SKIPS')
    const [a, b, c] = [lab.step('a', [], { listeners: [{ afterStep }] }), lab.step('b'), lab.step('c')]
    const made = job(lab.name).start(a).next(b).on(a, 'WITH*').to(c).build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED/WITH SKIPS', 'c COMPLETED'] })
  })

  it('follows the failure that afterStep cannot take back', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['FAIL'], { listeners: [{ afterStep: () => ExitStatus.COMPLETED }] })
    const made = job(lab.name).start(a).on(a, 'COMPLETED').end().on(a, 'FAILED').fail('STILL BAD').build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED/STILL BAD', steps: ['a FAILED'] })
  })
})

describe.each(stores)('a decision, remembered %s', (_, store) => {
  it('leads where its answer says, may be asynchronous, and sees parameters, job and last step', async () => {
    const lab = await FlowLab.open(store)
    const a = lab.step('a', ['MANY'])
    const seen: unknown[] = []
    const weekday = decision('weekday', async ({ jobExecution, stepExecution, parameters }) => {
      seen.push(jobExecution.jobName, stepExecution?.stepName, stepExecution?.exitStatus.exitCode, parameters)
      return 'SUNDAY'
    })
    const made = job(lab.name)
      .start(a)
      .next(weekday)
      .on(weekday, 'S*')
      .to(lab.step('rest'))
      .on(weekday, '*')
      .fail()
      .build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['a COMPLETED/MANY', 'rest COMPLETED'] })
    expect(seen).toEqual([lab.name, 'a', 'MANY', {}])
  })

  it('at the beginning of a nested flow sees the step that ended last on the way there', async () => {
    const lab = await FlowLab.open(store)
    const seen: unknown[] = []
    const first = decision('first', ({ stepExecution }) => String(seen.push(stepExecution?.stepName)))
    const inner = flow('inner').start(first).next(lab.step('b')).build()
    await lab.run(job(lab.name).start(lab.step('a')).next(inner).build())
    expect(seen).toEqual(['a'])
  })

  it('as the first thing of a new job ends it with its own exit code, though no step has run', async () => {
    const lab = await FlowLab.open(store)
    const needed = decision('needed', () => 'NO')
    const made = job(lab.name).start(needed).on(needed, 'NO').end('SKIPPED').next(lab.step('a')).build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/SKIPPED', steps: [] })
  })

  it('takes its next when no pattern matches', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => 'OTHER')
    expect(await lab.run(job(lab.name).start(d).on(d, 'A').fail().next(lab.step('b')).build())).toEqual({
      job: 'COMPLETED',
      steps: ['b COMPLETED'],
    })
  })

  it('whose answer nothing matches fails the job and names it', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => 'OTHER')
    await lab.run(job(lab.name).start(d).on(d, 'A').end().build())
    expect(lab.last).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_NO_TRANSITION', place: 'd', exitCode: 'OTHER', patterns: ['A'] }],
    })
  })

  it.each(['', 7, undefined])('that gives %j fails the job', async (value) => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => value as string)
    await lab.run(job(lab.name).start(d).on(d, '*').end().build())
    expect(lab.last).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_DECISION', decision: 'd', value }] })
  })

  it('that throws fails the job with its error', async () => {
    const lab = await FlowLab.open(store)
    const d = decision('d', () => {
      throw new Error('no calendar')
    })
    expect(await lab.run(job(lab.name).start(d).on(d, '*').end().build())).toEqual({ job: 'FAILED', steps: [] })
    expect(lab.last.failures).toEqual([new Error('no calendar')])
  })
})
