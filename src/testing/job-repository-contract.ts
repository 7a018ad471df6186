import type { JobRepository } from '../repository/job-repository.js'
import { ContractBench, type Rules } from './contract-bench.js'
import { finishRules } from './contract-finish.js'
import type { ContractKit } from './contract-kit.js'
import { ledgerRules } from './contract-ledger.js'
import { ownershipRules } from './contract-ownership.js'
import { partitionRules } from './contract-partitions.js'
import { readingRules } from './contract-reading.js'
import { removalRules } from './contract-removal.js'
import { startRules } from './contract-start.js'
import { stepRules } from './contract-steps.js'

/** A repository to test, and what ends it. */
export interface RepositoryUnderTest {
  readonly repository: JobRepository
  /** Called after each test. */
  readonly dispose?: () => Promise<void>
}

/**
 * Declares the tests that every {@link JobRepository} passes, with the `describe` and `it` of Vitest, Jest or node:test.
 * `create` is called for each test; it may give the same repository each time, since each test uses names of its own.
 * Up to six connections are open at once.
 *
 * ```ts
 * import { describe, it } from 'node:test'
 * import { MemoryJobRepository } from 'chunkwise'
 * import { jobRepositoryContract } from 'chunkwise/testing'
 *
 * jobRepositoryContract({ describe, it }, async () => ({ repository: new MemoryJobRepository() }))
 * ```
 */
export function jobRepositoryContract(kit: ContractKit, create: () => Promise<RepositoryUnderTest>): void {
  const groups: Readonly<Record<string, Rules>> = {
    starting: startRules,
    ownership: ownershipRules,
    'steps and checkpoints': stepRules,
    'ledgers of any-order steps': ledgerRules,
    'partitions of a step': partitionRules,
    'stopping and ending': finishRules,
    reading: readingRules,
    'abandoning and pruning': removalRules,
  }
  kit.describe('a job repository', () => {
    for (const [group, rules] of Object.entries(groups)) {
      kit.describe(group, () => {
        for (const [name, test] of Object.entries(rules)) kit.it(name, () => onBench(create, test))
      })
    }
  })
}

async function onBench(
  create: () => Promise<RepositoryUnderTest>,
  test: (bench: ContractBench) => Promise<void>,
): Promise<void> {
  const { repository, dispose } = await create()
  const bench = new ContractBench(repository)
  try {
    await test(bench)
  } finally {
    await bench.dispose()
    await dispose?.()
  }
}
