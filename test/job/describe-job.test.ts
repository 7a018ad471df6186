import { chunkStep, decision, flow, flowStep, job, JobOperator, jobStep, MemoryJobRepository, split } from 'chunkwise'
import { describe, expect, it } from 'vitest'

const step = <const N extends string>(name: N) =>
  chunkStep(name, { chunkSize: 100, reader: [1], writer: () => undefined })

function described() {
  const load = step('load')
  const check = decision('check "it"', () => 'OK')
  const branches = split('both', [
    flow('left').start(step('a')).next(step('b')).build(),
    flow('right').start(step('c')).build(),
  ])
  const child = job('child').start(step('inner')).build()
  const tidy = flowStep('tidy', flow('sweeping').start(step('sweep')).build())
  const made = job('nightly', { parameters: { day: 'localDate', dry: { type: 'boolean', default: false } } })
    .start(load)
    .on(load, 'FAILED')
    .to(tidy)
    .next(check)
    .on(check, 'LATER')
    .stopAndRestart(load)
    .on(check, 'NEVER*')
    .fail('GIVEN UP')
    .next(branches)
    .next(jobStep('childJob', child))
    .on(tidy, '*')
    .end('TIDIED')
    .build()
  return new JobOperator({ repository: new MemoryJobRepository(), jobs: [made] }).describe('nightly')
}

describe('operator.describe', () => {
  it('gives parameters, start and every node with where it stands', () => {
    const { name, parameters, start, nodes } = described()
    expect({ name, start }).toEqual({ name: 'nightly', start: 'load' })
    expect(parameters).toMatchObject([
      { name: 'day', type: 'localDate', required: true, identifying: true },
      { name: 'dry', type: 'boolean', required: false, default: false },
    ])
    expect(nodes.map(({ name, kind, in: inside }) => [name, kind, inside])).toEqual([
      ['load', 'chunk', undefined],
      ['tidy', 'flow', undefined],
      ['sweep', 'chunk', 'tidy'],
      ['check "it"', 'decision', undefined],
      ['both', 'split', undefined],
      ['left', 'flow', 'both'],
      ['a', 'chunk', 'left'],
      ['b', 'chunk', 'left'],
      ['right', 'flow', 'both'],
      ['c', 'chunk', 'right'],
      ['childJob', 'job', undefined],
    ])
    expect(nodes.find((node) => node.name === 'childJob')).toMatchObject({ job: 'child' })
    expect(nodes.find((node) => node.name === 'tidy')).toMatchObject({ start: 'sweep' })
  })

  it('gives every transition, the most specific first and next last', () => {
    expect(described().transitions).toEqual([
      { from: 'load', on: 'FAILED', to: 'tidy' },
      { from: 'load', to: 'check "it"' },
      { from: 'tidy', on: '*', end: 'COMPLETED', exitCode: 'TIDIED' },
      { from: 'check "it"', on: 'LATER', end: 'STOPPED', restartAt: 'load' },
      { from: 'check "it"', on: 'NEVER*', end: 'FAILED', exitCode: 'GIVEN UP' },
      { from: 'check "it"', to: 'both' },
      { from: 'both', to: 'childJob' },
      { from: 'a', to: 'b' },
    ])
  })

  it('says what a step promises before it runs, and why not more', () => {
    const [load] = described().nodes
    expect(load).toMatchObject({ chunkSize: 100, commitOrder: 'read', concurrency: 1, guarantee: 'at-least-once' })
    expect(load?.reasons).toEqual([expect.stringContaining('transactional: true')])
    const late = chunkStep('late', {
      chunkSize: 1,
      reader: () => [1],
      writer: { transactional: true, write: () => undefined },
    })
    const operator = new JobOperator({ repository: new MemoryJobRepository() })
    const [node] = operator.describe(job('late').start(late).build()).nodes
    expect(node?.guarantee).toBeUndefined()
    expect(node?.reasons).toEqual(['its reader is made by a function: its start can tell'])
    const sure = chunkStep('sure', {
      chunkSize: 1,
      reader: [1],
      writer: { transactional: true, write: () => undefined },
    })
    expect(operator.describe(job('sure').start(sure).build()).nodes[0]).toMatchObject({
      guarantee: 'exactly-once',
      reasons: [],
    })
  })

  it('draws the job as a Mermaid flowchart', () => {
    expect(described().mermaid).toBe(
      [
        'flowchart TD',
        '  begin((" ")) --> n0',
        '  n0["load"]',
        '  subgraph n1["tidy"]',
        '    n2["sweep"]',
        '  end',
        '  n3{"check #quot;it#quot;"}',
        '  subgraph n4["both"]',
        '    subgraph n5["left"]',
        '      n6["a"]',
        '      n7["b"]',
        '    end',
        '    subgraph n8["right"]',
        '      n9["c"]',
        '    end',
        '  end',
        '  n10[["childJob"]]',
        '  n0 -->|"FAILED"| n1',
        '  n0 --> n3',
        '  n1 -->|"*"| e0(["COMPLETED: TIDIED"])',
        '  n3 -->|"LATER"| e1(["STOPPED"])',
        '  e1 -.->|"restart"| n0',
        '  n3 -->|"NEVER*"| e2(["FAILED: GIVEN UP"])',
        '  n3 --> n4',
        '  n4 --> n10',
        '  n6 --> n7',
      ].join('\n'),
    )
  })

  it('refuses a name that no job of the operator has', () => {
    const operator = new JobOperator({ repository: new MemoryJobRepository() })
    expect(() => operator.describe('nightly')).toThrow(/no job is named "nightly"/)
  })
})
