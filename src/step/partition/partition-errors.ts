import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** A partitioner has given a partition that cannot be one. Nothing was stored of any. */
export class InvalidPartitionError extends BatchError {
  static readonly code = 'BATCH_INVALID_PARTITION'
  readonly stepName: string
  /** The name of the partition, or what was given in its place. */
  readonly partition: unknown

  constructor(stepName: string, partition: unknown, reason: string, options?: { readonly cause?: unknown }) {
    super(`step ${quote(stepName)} cannot have the partition ${quote(partition)}: ${reason}`, options)
    this.stepName = stepName
    this.partition = partition
  }
}

/** A partitioned step has ended without all of its partitions. `cause` is the first failure of one in this process. */
export class PartitionsFailedError extends BatchError {
  static readonly code = 'BATCH_PARTITIONS_FAILED'
  readonly stepName: string
  /** Partitions that have not completed: the first ten. */
  readonly partitions: readonly string[]
  /** How many have not completed. */
  readonly left: number
  /** How many there are. */
  readonly total: number

  constructor(stepName: string, partitions: readonly string[], { left, total, cause }: UnfinishedPartitions) {
    const more = left > partitions.length ? ', …' : ''
    super(
      `step ${quote(stepName)} has not completed ${left} of its ${total} partitions: ` +
        `${partitions.map((name) => quote(name)).join(', ')}${more}. A restart runs these and no others`,
      { cause },
    )
    this.stepName = stepName
    this.partitions = partitions
    this.left = left
    this.total = total
  }
}

interface UnfinishedPartitions {
  readonly left: number
  readonly total: number
  readonly cause: unknown
}
